using Crane.Core.Editing;
using Crane.Core.Model;
using Crane.Core.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Evaluation;

/// <summary>What teacher forcing sees of a target: the likeliest tokens at each of its places.</summary>
/// <param name="Ranked">The likeliest tokens at each place of the target, the best first, <c>[places][k]</c>.</param>
/// <param name="Target">The target's tokens.</param>
public sealed record ForcedTokens(int[][] Ranked, int[] Target)
{
    /// <summary>Share of the target's tokens that are the likeliest, in [0, 1].</summary>
    public double Accuracy => Ranked.Zip(Target).Count(pair => pair.First[0] == pair.Second) / (double)Target.Length;
}

/// <summary>What knowledge editing usually reports: the target is fed to the model, and each of its tokens is compared with the likeliest one there. The model
/// never has to write, or think, anything.</summary>
public static class TeacherForced
{
    /// <summary>Id of <see cref="TokenAccuracy"/> in tables.</summary>
    public const string TokenAccuracyId = "teacher-forced/token-accuracy";

    /// <summary>Share of the target's tokens that are the arg-max given the question and the tokens before them (EasyEdit
    /// <c>compute_multimodal_edit_quality</c>).</summary>
    /// <param name="model">The model.</param>
    /// <param name="question">The prompt.</param>
    /// <param name="target">The bare answer.</param>
    /// <returns>In [0, 1].</returns>
    public static double TokenAccuracy(VisionLanguageModel model, Question question, string target) => Tokens(model, [(question, target)])[0].Accuracy;

    /// <summary>Several targets at once; each row is scored by itself.</summary>
    /// <param name="model">The model.</param>
    /// <param name="rows">Prompts and bare answers, at least one.</param>
    /// <param name="k">How many tokens of each place are kept, at least 1.</param>
    /// <exception cref="ArgumentException">A target has no token, or a row exceeds the model's context.</exception>
    public static IReadOnlyList<ForcedTokens> Tokens(VisionLanguageModel model, IReadOnlyList<(Question Question, string Target)> rows, int k = 1)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        int[][] targets = [.. rows.Select(row => model.Tokenizer.EncodeText(row.Target))];
        if (Array.FindIndex(targets, target => target.Length == 0) is >= 0 and var empty)
            throw new ArgumentException($"The target of '{rows[empty].Question.Text}' has no token.", nameof(rows));
        var (input, labels) = TargetBatch.Of(model, [.. rows.Zip(targets, (row, target) => (row.Question, target))]);
        var asked = labels[.., 1..].flatten().ne(Scalars.Keep(CausalLoss.Ignore)).nonzero().squeeze(1);                  // [places], row after row
        var hidden = model.Model.Hidden(input).Hidden[.., ..^1].flatten(0, 1).index_select(0, asked);                    // [places, hidden]
        var likeliest = model.Model.Logits(hidden).to(float32).topk(k, dim: -1).indexes.cpu().contiguous().data<long>().ToArray();   // [places × k]
        var places = likeliest.Select(id => (int)id).Chunk(k).ToArray();
        var at = 0;
        return [.. targets.Select(target => new ForcedTokens(places[at..(at += target.Length)], target))];
    }
}
