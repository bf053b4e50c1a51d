using Crane.Core.Training.Pretraining;

namespace Crane.Core.Tests.Training;

public class TokenDrillTests
{
    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Repeat_Row_IsItsFirstHalfTwiceAndLearnsTheSecond(int seed)
    {
        var drill = TokenDrills.Repeat(new Random(seed), vocabulary: 300);
        Assert.Equal(drill.Ids[..20], drill.Ids[20..]);
        Assert.Equal(Enumerable.Range(0, 40).Select(i => i >= 20), drill.Learn);
        Assert.All(drill.Ids, id => Assert.InRange(id, 0, 299));
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Recall_Row_AsksEveryKeyOnceAndLearnsItsValueAlone(int seed)
    {
        var drill = TokenDrills.Recall(new Random(seed), vocabulary: 300);
        var pairs = drill.Ids.Chunk(2).ToArray();
        var table = pairs[..12].ToDictionary(pair => pair[0], pair => pair[1]);   // throws on a repeated key
        Assert.All(pairs[12..], pair => Assert.Equal(table[pair[0]], pair[1]));
        Assert.Equal(table.Keys.Order(), pairs[12..].Select(pair => pair[0]).Order());
        Assert.NotEqual(pairs[..12].Select(pair => pair[0]), pairs[12..].Select(pair => pair[0]));
        Assert.Equal(Enumerable.Range(0, 48).Select(i => i >= 24 && i % 2 == 1), drill.Learn);
    }
}
