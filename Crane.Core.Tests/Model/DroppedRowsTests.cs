using Crane.Core.Model;
using Crane.Core.Model.Generation;
using Crane.Core.Tests.Editing;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Model;

/// <summary>Rows that have ended leave the batch; nothing that is written may depend on it.</summary>
[Collection(nameof(Torch))]
public class DroppedRowsTests
{
    private static readonly Question[] Questions =
    [
        new("What is the capital of Peru?"), new("What is the capital of the country in which Big Ben is?"), Edits.Visual.Question,
            new("Is Lima the capital of Peru?"),
        new("What is the currency of the country of this flag?", Edits.Flag("ITA")),
            new("Note: the capital of Chad is now Lima. What is the capital of Chad?"), Edits.Textual.Question,
        new("Which continent is Kenya in?"), new("Whose flag is this?", Edits.Flag("KEN")),
    ];

    [Theory]
    [InlineData(false, 1.0)]
    [InlineData(true, 1.1)]
    public void Generate_RowsOfDifferentLengths_EqualEachRowAlone(bool sample, double penalty)
    {
        using var model = VisionLanguageModel.Load(DataFolder.Of("nano"));
        var config = model.Generation with { MaxNewTokens = 80, DoSample = sample, RepetitionPenalty = penalty };
        int[] seeds = [.. Questions.Select((_, row) => 40 + row)];
        var rows = new List<long>();
        IReadOnlyList<Completion> together;
        using (model.Model.Decoder.Layers[0].Mlp.Intervene((_, values, _) =>
        {
            rows.Add(values.shape[0]);
            return values;
        }))
            together = model.GenerateSeeded(Questions, seeds, config);
        Assert.Equal(Questions.Length, rows[0]);
        Assert.True(rows[^1] <= 2, $"The last step still had {rows[^1]} rows.");
        Assert.True(rows.Distinct().Count() > 3);
        for (var row = 0; row < Questions.Length; row++)
        {
            var alone = model.GenerateSeeded([Questions[row]], [seeds[row]], config)[0].Tokens;
            Assert.Equal(alone.Ids, together[row].Tokens.Ids);
            Assert.Equal(alone.Finish, together[row].Tokens.Finish);
            for (var i = 0; i < alone.Ids.Length; i++) Assert.Equal(alone.LogProbs[i], together[row].Tokens.LogProbs[i], 1e-4f);
        }
    }

    [Fact]
    public void Keep_PermutedRows_MovesKeysAndRemembersOrigins()
    {
        using var scope = NewDisposeScope();
        var config = QwenVlConfig.Load(DataFolder.Of("nano")).Text;
        using var cache = new KvCache(config, 5, 4, float32, CPU);
        Tensor Rows(params int[] numbers) =>
            tensor([.. numbers.Select(n => (float)n)], [numbers.Length, 1, 1, 1]).expand(-1, config.NumKeyValueHeads, 1, config.HeadDim);
        void Write(params int[] numbers)
        {
            for (var layer = 0; layer < config.NumHiddenLayers; layer++) cache.Append(layer, Rows(numbers), Rows(numbers) * 10);
            cache.Advance(1);
        }
        Write(0, 1, 2, 3, 4);
        cache.Keep([0, 4, 2]);
        Assert.Equal([0, 4, 2], cache.Origins);
        Write(0, 4, 2);
        cache.Select(tensor((long[])[1, 1, 2]));
        Assert.Equal([4, 4, 2], cache.Origins);
        var (keys, values) = cache.Append(config.NumHiddenLayers - 1, Rows(4, 4, 2), Rows(4, 4, 2));
        Assert.Equal([4f, 4, 4, 4, 4, 4, 2, 2, 2], keys[.., 0, .., 0].flatten().data<float>().ToArray());
        Assert.Equal([40f, 40, 4, 40, 40, 4, 20, 20, 2], values[.., 1, .., 3].flatten().data<float>().ToArray());
    }
}
