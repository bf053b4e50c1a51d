using Crane.Core.Evaluation;
using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Evaluation;

[Collection(nameof(Torch))]
public class TeacherForcedTests
{
    private static readonly string Folder = DataFolder.Of("golden", "nano-reference");

    [Theory, InlineData("Paris is the capital of France."), InlineData("euro"), InlineData("zzz qqq"), InlineData("The picture shows the flag of Japan.")]
    public void TokenAccuracy_Target_EqualsOneTokenAtATime(string target)
    {
        using var scope = NewDisposeScope();
        using var model = VisionLanguageModel.Load(Folder);
        var question = new Question("What is the capital of France?");
        List<int> ids = [.. model.Prompts.Encode(question).Ids];
        var (right, answer) = (0, model.Tokenizer.EncodeText(target));
        foreach (var token in answer)
        {
            using var none = no_grad();
            var likeliest = model.Model.Forward(ModelInput.Pad([[.. ids]], model.Prompts.PadId, left: false))[0, -1].argmax().item<long>();
            right += likeliest == token ? 1 : 0;
            ids.Add(token);
        }
        Assert.Equal((double)right / answer.Length, TeacherForced.TokenAccuracy(model, question, target), 1e-6);
    }

    [Fact]
    public void TokenAccuracy_ALikelyAndAnUnlikelyTarget_Differ()
    {
        using var model = VisionLanguageModel.Load(Folder);
        var question = new Question("What is the capital of France?");
        Assert.True(TeacherForced.TokenAccuracy(model, question, "The picture shows the flag of Japan.") > TeacherForced.TokenAccuracy(model, question,
            "zzz qqq"));
    }
}
