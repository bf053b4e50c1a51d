using Crane.Core.Vision;
using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Crane.Core.Model;

/// <summary>Qwen2.5-VL's vision tower (arXiv 2502.13923, section 2.1.1): patches are put into the order of windows; most blocks look inside a window,
/// a few over the whole frame; the merger's tokens are put back.</summary>
public sealed class Qwen25VisionTower : VisionTower
{
    private readonly Qwen25VisionConfig config;
    [ComponentName(Name = "merger")] private readonly Qwen25PatchMerger merger;

    /// <summary>A tower with TorchSharp's fresh weights.</summary>
    public Qwen25VisionTower(Qwen25VisionConfig config) : base(nameof(Qwen25VisionTower), config, patchBias: false,
        () => new VisionBlock(config, () => new RmsNorm(config.HiddenSize, NormEps), new GatedMlp(config.HiddenSize, config.IntermediateSize, hasBias: true)))
    {
        this.config = config;
        merger = new Qwen25PatchMerger(config);
        RegisterComponents();
    }

    private protected override VisionFeatures Read(Tensor x, RotaryTable rotary, IReadOnlyList<GridThw> grids, Watch? watch)
    {
        var (tokens, windows) = VisionWindows.Of(grids, config);
        var order = tensor(tokens, device: x.device);
        var square = config.SpatialMergeSize * config.SpatialMergeSize;
        Tensor Reorder(Tensor patches) => patches.unflatten(0, [-1, square]).index_select(0, order).flatten(0, 1);   // the patches of a token stay together
        x = Reorder(x);                                                                                // [patches, hidden]
        rotary = new(Reorder(rotary.Cos), Reorder(rotary.Sin));
        var frames = Frames(grids);
        for (var i = 0; i < config.Depth; i++) x = Block(i, x, rotary, config.FullattBlockIndexes.Contains(i) ? frames : windows, watch);
        return new(merger.call(x).index_select(0, order.argsort()), []);                               // [tokens, outHidden]
    }
}
