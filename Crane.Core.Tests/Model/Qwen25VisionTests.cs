using Crane.Core.Model;
using Crane.Core.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Model;

[Collection(nameof(Torch))]
public class Qwen25VisionTests
{
    private static readonly Qwen25VisionConfig Config =
        new() { HiddenSize = 16, NumHeads = 2, IntermediateSize = 24, Depth = 3, PatchSize = 3, WindowSize = 12, FullattBlockIndexes = [1],
            TokensPerSecond = 3, OutHiddenSize = 8 };

    private static readonly GridThw[] Grids = [new(1, 6, 10), new(2, 4, 8)];

    [Fact]
    public void Windows_EdgesAndFrames_AreCutRowByRow()
    {
        var (order, patches) = VisionWindows.Of([new(1, 6, 6), new(2, 2, 4)], Config);   // 3 × 3 tokens, then two frames of 1 × 2; windows of 2 × 2 tokens
        Assert.Equal([0, 1, 3, 4, 2, 5, 6, 7, 8, 9, 10, 11, 12], order);
        Assert.Equal([16, 8, 8, 4, 8, 8], patches);
    }

    [Fact]
    public void Forward_OneWindowHoldsTheFrame_EqualsFullAttention()
    {
        var full = Features(Config with { FullattBlockIndexes = [0, 1, 2] });
        Close.Assert("one window", full, Features(Config with { WindowSize = 1000, FullattBlockIndexes = [] }), 1e-5);
        Assert.True(Close.Difference(full, Features(Config)) > 1e-3, "Small windows change nothing: the test could not fail.");
    }

    [Fact]
    public void Forward_OrderOfWindows_IsPutBack()
    {
        // With full attention everywhere the window size only permutes; the features must not notice.
        var every = Config with { FullattBlockIndexes = [0, 1, 2] };
        Close.Assert("permuted", Features(every), Features(every with { WindowSize = 18 }), 1e-5);
    }

    [Fact]
    public void Forward_FrameOfAVideo_EqualsTheStillPicture()
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var tower = Tower(Config);
        var pixels = Pixels(2 * 4 * 8);
        var video = tower.Forward(pixels, [new(2, 4, 8)]).Merged;
        Close.Assert("second frame", tower.Forward(pixels[32..], [new(1, 4, 8)]).Merged, video[8..], 1e-5);
    }

    [Fact]
    public void Forward_PictureChangedElsewhere_OnlyFullAttentionSeesIt()
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var pixels = Pixels(6 * 10);
        var changed = pixels.clone();
        changed[^1..].add_(1);                               // the last patch: lower right corner
        foreach (var (config, sees) in new[] { (Config with { FullattBlockIndexes = [] }, false), (Config, true) })
        {
            using var tower = Tower(config);
            var difference = (tower.Forward(pixels, [new(1, 6, 10)]).Merged - tower.Forward(changed, [new(1, 6, 10)]).Merged).abs().sum(-1);   // [15]
            Assert.Equal(sees, difference[0].item<float>() > 1e-6);
            Assert.True(difference[14].item<float>() > 1e-3);
        }
    }

    [Fact]
    public void Positions_Video_CountTimeInWholeStepsAndTextGoesOnAfterTheLongerSide()
    {
        var config = QwenVlConfig.Load(DataFolder.Of("nano")) with { Vision = Config };
        long[] ids = [5, .. Enumerable.Repeat((long)config.VideoTokenId, 3 * 2 * 2), 6];
        var (axes, next) = Positions(config, ids, new GridThw(3, 4, 4), seconds: 0.75f);
        Assert.Equal([0, 1, 1, 1, 1, 3, 3, 3, 3, 5, 5, 5, 5, 3], axes[0]);    // 3 × 0.75 × i = 0, 2.25, 4.5
        Assert.Equal([0, 1, 1, 2, 2, 1, 1, 2, 2, 1, 1, 2, 2, 3], axes[1]);
        Assert.Equal([0, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 3], axes[2]);
        Assert.Equal(6, next);                                                // the time axis reached furthest
    }

    [Fact]
    public void Positions_SecondsOfAnotherNumberOfVideos_AreRefused()
    {
        using var model = new QwenVl(Small());
        var input = new ModelInput { InputIds = tensor(new long[] { 1, 2 }, [1, 2]), SecondPerGridTs = [1f] };
        Assert.Contains("0 videos need as many second_per_grid_ts, found 1", Assert.Throws<ArgumentException>(() => model.Forward(input)).Message);
    }

    [Theory]
    [InlineData("window_size", "5", "window_size 5 holds no token of 2 × 2 patches of 3 pixels")]
    [InlineData("fullatt_block_indexes", "[0, 3]", "fullatt_block_indexes [0, 3] must lie in 0..2")]
    [InlineData("tokens_per_second", "0", "'tokens_per_second' must be a whole number of at least 1")]
    [InlineData("hidden_act", "\"gelu\"", "hidden_act is 'gelu', expected 'silu'")]
    public void Load_BadField_SaysWhatIsWrong(string field, string value, string expected)
    {
        var root = System.Text.Json.Nodes.JsonNode.Parse(Small().ToJson())!;
        root["vision_config"]![field] = System.Text.Json.Nodes.JsonNode.Parse(value);
        var path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "config.json");
        File.WriteAllText(path, root.ToJsonString());
        var message = Assert.Throws<InvalidDataException>(() => QwenVlConfig.Load(path)).Message;
        Assert.Contains(expected, message);
        Assert.Contains(path, message);
    }

    private static QwenVlConfig Small()
    {
        var nano = QwenVlConfig.Load(DataFolder.Of("nano"));
        return nano with
        {
            Vision = Config,
            Text = nano.Text with { HiddenSize = 8, IntermediateSize = 8, NumHiddenLayers = 1, NumAttentionHeads = 1, NumKeyValueHeads = 1, HeadDim = 8,
                MropeSection = [2, 1, 1], QkNorm = false, AttentionBias = true, MropeInterleaved = false },
        };
    }

    private static (long[][] Axes, long Next) Positions(QwenVlConfig config, long[] ids, GridThw grid, float seconds) =>
        PositionIds.Of(ids, [.. ids.Select(_ => true)], [], new(config.Vision.VideoSpans([grid], [seconds])), config);

    private static Qwen25VisionTower Tower(Qwen25VisionConfig config)
    {
        manual_seed(7);
        var tower = new Qwen25VisionTower(config);
        using var none = no_grad();
        foreach (var (_, parameter) in tower.named_parameters().OrderBy(p => p.name, StringComparer.Ordinal)) nn.init.normal_(parameter, 0, 0.5);
        return tower;
    }

    private static Tensor Pixels(int patches) => randn([patches, Config.PatchValues], generator: new Generator(5));

    /// <summary>Features of the same weights and pixels under a config; belongs to nobody.</summary>
    private static Tensor Features(Qwen25VisionConfig config)
    {
        using var none = no_grad();
        using var tower = Tower(config);
        return tower.Forward(Pixels(Grids.Sum(grid => grid.Patches)), Grids).Merged;
    }
}
