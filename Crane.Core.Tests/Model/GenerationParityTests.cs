using Crane.Core.Model;
using Crane.Core.Model.Generation;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Model;

[Collection(nameof(Torch)), Trait("Category", "Golden")]
public class GenerationParityTests
{
    public static TheoryData<string, string> Cases() => GoldenCase.All();

    [Theory, MemberData(nameof(Cases))]
    public void Generate_GreedyWithCache_EqualsHuggingFace(string checkpoint, string name)
    {
        using var scope = NewDisposeScope();
        using var model = Checkpoint.Load(Golden.File("models", checkpoint));
        var golden = new GoldenCase(Golden.File("models", checkpoint, "cases", name + ".safetensors"));
        var expected = golden.Expected("greedy_ids");
        var written = TokenGenerator.Generate(model, golden.Input, new() { MaxNewTokens = (int)expected.shape[1] });
        for (var row = 0; row < expected.shape[0]; row++) Assert.Equal(expected[row].data<long>().Select(id => (int)id), written[row].Ids);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Generate_Cached_EqualsUncached(string checkpoint, string name)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var model = Checkpoint.Load(Golden.File("models", checkpoint));
        var input = new GoldenCase(Golden.File("models", checkpoint, "cases", name + ".safetensors")).Input;
        var written = TokenGenerator.Generate(model, input, new() { MaxNewTokens = 6 });
        var added = tensor(written.SelectMany(w => w.Ids.Select(id => (long)id)).ToArray(), [written.Count, 6]);
        var whole = input with { InputIds = cat([input.InputIds, added], 1), AttentionMask = cat([input.AttentionMask!, ones_like(added)], 1) };
        var logprobs = model.Forward(whole).log_softmax(-1)[.., ^7..^1].gather(-1, added.unsqueeze(-1)).squeeze(-1);
        Close.Assert("log-probabilities", logprobs, tensor(written.SelectMany(w => w.LogProbs).ToArray(), [written.Count, 6]), 2e-4);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Generate_BatchOfRows_EqualsEachRowAlone(string checkpoint, string name)
    {
        using var scope = NewDisposeScope();
        using var model = Checkpoint.Load(Golden.File("models", checkpoint));
        var input = new GoldenCase(Golden.File("models", checkpoint, "cases", name + ".safetensors")).Input;
        if (input.PixelValues is not null || input.VideoPixelValues is not null)
            input = input with { InputIds = input.InputIds.remainder(900),
                PixelValues = null, VideoPixelValues = null, ImageGrids = [], VideoGrids = [], SecondPerGridTs = [] };
        var config = new GenerationConfig { MaxNewTokens = 5, DoSample = true, Temperature = 0.8, TopK = 20, TopP = 0.9 };
        var first = TokenGenerator.Generate(model, input, config, seed: 3);
        var attended = (int)input.AttentionMask![0].sum().item<long>();
        var alone = input with { InputIds = input.InputIds[..1, ^attended..], AttentionMask = null };
        Assert.Equal(first[0].Ids, TokenGenerator.Generate(model, alone, config, seed: 3)[0].Ids);
    }
}
