using System.Text;
using Crane.Core.Text;

namespace Crane.Core.Tests.Text;

public class TextStreamTests
{
    private static readonly QwenTokenizer Nano = QwenTokenizer.Load(DataFolder.Of("nano"));

    [Fact]
    public void Push_AnyIds_JoinsToDecode()
    {
        var random = new Random(7);
        for (var i = 0; i < 300; i++)
        {
            int[] ids = [.. Enumerable.Range(0, random.Next(30)).Select(_ => random.Next(Nano.VocabularySize))];
            foreach (var skip in new[] { false, true })
            {
                var (stream, text) = (new TextStream(Nano, skip), new StringBuilder());
                foreach (var id in ids) text.Append(stream.Push(id));
                Assert.Equal(Nano.Decode(ids, skip), text.Append(stream.Finish()).ToString());
            }
        }
    }

    [Fact]
    public void Push_CharacterAcrossTokens_IsHeldBackUntilComplete()
    {
        var stream = new TextStream(Nano);
        var pieces = Nano.EncodeText("𠜎").Select(stream.Push).ToArray();
        Assert.True(pieces.Length > 1);
        Assert.All(pieces[..^1], piece => Assert.Equal("", piece));
        Assert.Equal("𠜎", pieces[^1]);
        Assert.Equal("", stream.Finish());
    }

    [Fact]
    public void Finish_CharacterCutInTwo_GivesOneReplacementAndStartsAfresh()
    {
        var (stream, ids) = (new TextStream(Nano), Nano.EncodeText("𠜎"));
        Assert.Equal("", stream.Push(ids[0]));
        Assert.Equal("\ufffd", stream.Finish());
        Assert.Equal("a", stream.Push(Nano.TokenId("a")!.Value));
    }
}
