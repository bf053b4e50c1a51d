using System.Text.Json;
using Crane.Core.Text;

namespace Crane.Core.Tests.Text;

public class VideoTimestampsTests
{
    public static TheoryData<string> Rows()
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Golden.File("tokenizer", "video_timestamps.json")));
        return new(json.RootElement.EnumerateArray().Select(row => row.GetRawText()));
    }

    [Theory, Trait("Category", "Golden"), MemberData(nameof(Rows))]
    public void Texts_StoredVideo_EqualHuggingFace(string row)
    {
        var json = JsonDocument.Parse(row).RootElement;
        int[] frames = [.. json.GetProperty("frames_indices").EnumerateArray().Select(i => i.GetInt32())];
        var rate = json.GetProperty("fps").GetDouble();
        Assert.Equal(json.GetProperty("seconds").EnumerateArray().Select(s => s.GetDouble()), VideoTimestamps.Seconds(frames, rate));
        Assert.Equal(json.GetProperty("texts").EnumerateArray().Select(s => s.GetString()), VideoTimestamps.Texts(frames, rate));
    }

    [Theory]
    [InlineData(1, 4, "0.2")]
    [InlineData(3, 4, "0.8")]
    [InlineData(5, 4, "1.2")]
    [InlineData(7, 20, "0.3")]                                         // 0.35 is a little less than that in binary
    [InlineData(9, 20, "0.5")]                                         // and 0.45 a little more
    [InlineData(1, 2, "0.5")]
    public void Texts_HalvesOfATenth_AreRoundedAsPythonDoes(int frame, double rate, string expected) =>
        Assert.Equal($"<{expected} seconds>", VideoTimestamps.Texts([frame], rate, 1)[0]);

    [Fact]
    public void Seconds_NoFramesOrNoRate_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => VideoTimestamps.Seconds([], 24));
        Assert.Throws<ArgumentOutOfRangeException>(() => VideoTimestamps.Seconds([1], double.NaN));
    }
}
