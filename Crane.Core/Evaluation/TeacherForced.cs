using Crane.Core.Editing;
using Crane.Core.Model;
using Crane.Core.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Evaluation;

/// <summary>What knowledge editing usually reports: the target is fed to the model, and each of its tokens is compared with the likeliest one there. The model
/// never has to write, or think, anything.</summary>
public static class TeacherForced
{
    /// <summary>Id of <see cref="TokenAccuracy"/> in tables.</summary>
    public const string TokenAccuracyId = "teacher-forced/token-accuracy";

    /// <summary>Share of the target's tokens that are the arg-max given the question and the tokens before them (EasyEdit <c>compute_multimodal_edit_quality</c>).</summary>
    /// <param name="model">The model.</param>
    /// <param name="question">The prompt.</param>
    /// <param name="target">The bare answer.</param>
    /// <returns>In [0, 1].</returns>
    public static double TokenAccuracy(VisionLanguageModel model, Question question, string target)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var (input, labels) = TargetBatch.Of(model, question, target);
        return CausalLoss.Of(model.Model, input, labels).TokenAccuracy.item<float>();
    }
}
