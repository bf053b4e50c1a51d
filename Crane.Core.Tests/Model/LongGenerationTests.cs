using Crane.Core.Model;
using Crane.Core.Model.Generation;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Model;

/// <summary>A long text costs its cache, which is taken at the start, and nothing more; `environment/bench generate` measures the whole length.</summary>
[Collection(nameof(Torch))]
public class LongGenerationTests
{
    private static readonly QwenVlConfig Config = QwenVlConfig.Load(DataFolder.Of("nano"));

    [Theory]
    [InlineData(1.0, 0, 1)]
    [InlineData(1.2, 3, 1)]
    [InlineData(1.0, 0, 3)]
    public void Generate_ManyTokensOfABatch_KeepsTheNumberOfTensors(double penalty, int ngram, int beams)
    {
        using var scope = NewDisposeScope();
        using var model = new QwenVl(Config);
        var input =
            new ModelInput { InputIds = randint(1000, [8, 6], dtype: int64), AttentionMask = cat([zeros(8, 1, dtype: int64), ones(8, 5, dtype: int64)], 1) };
        var config = new GenerationConfig { MaxNewTokens = 300, RepetitionPenalty = penalty, NoRepeatNgramSize = ngram, NumBeams = beams };
        using var decoding = new Decoding(model, input, config);
        var live = new List<long>();
        using var none = no_grad();
        decoding.Select(arange(8 * beams).div(beams, rounding_mode: RoundingMode.floor));
        for (var step = 0; step < 299; step++)
        {
            using var inner = NewDisposeScope();
            var chosen = LogitProcessors.Apply(decoding.Logits, decoding.Seen, config, step).argmax(1, keepdim: true);
            decoding.Select(arange(8 * beams));
            decoding.Step(chosen);
            if (step is 10 or 298) live.Add(Close.LiveTensors());
        }
        Assert.Equal(live[0], live[1]);
        Assert.Equal(penalty == 1 ? 6 : 6 + 299, decoding.Seen.shape[1]);
    }

    [Fact]
    public void Dispose_AfterWriting_LeavesNothing()
    {
        using var scope = NewDisposeScope();
        using var model = new QwenVl(Config);
        var input = new ModelInput { InputIds = randint(1000, [4, 6], dtype: int64) };
        TokenGenerator.Generate(model, input, new() { MaxNewTokens = 3 });
        foreach (var beams in new[] { 1, 3 })
            Assert.Equal(0, Close.LeftBehind(() => TokenGenerator.Generate(model, input,
                new() { MaxNewTokens = 20, NumBeams = beams, NoRepeatNgramSize = 2, RepetitionPenalty = 1.1 })));
    }
}
