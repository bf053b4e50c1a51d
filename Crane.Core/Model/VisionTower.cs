using Crane.Core.Vision;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Crane.Core.Model;

/// <summary>What the decoder receives of pictures or videos.</summary>
/// <param name="Merged">One vector a token, <c>[tokens, outHidden]</c>, in the order of the pictures.</param>
/// <param name="DeepStack">Earlier views, the same shape each; number i is added after decoder layer i. Qwen2.5-VL has none.</param>
public sealed record VisionFeatures(Tensor Merged, IReadOnlyList<Tensor> DeepStack);

/// <summary>A vision tower: patches → blocks of attention → merger. What the towers of the family share.</summary>
public abstract class VisionTower : nn.Module
{
    /// <summary>Added in the norms of every tower, whatever rms_norm_eps says: it is fixed in Hugging Face's code.</summary>
    internal const double NormEps = 1e-6;

    private readonly VisionConfig config;
    // Seen by the towers' RegisterComponents, hence not private.
    [ComponentName(Name = "patch_embed")] private protected readonly PatchEmbed patchEmbed;
    [ComponentName(Name = "blocks")] private protected readonly ModuleList<VisionBlock> blocks;

    private protected VisionTower(string name, VisionConfig config, bool patchBias, Func<VisionBlock> block) : base(name)
    {
        this.config = config;
        patchEmbed = new PatchEmbed(config, patchBias);
        blocks = nn.ModuleList([.. Enumerable.Range(0, config.Depth).Select(_ => block())]);
    }

    /// <summary>Reads pictures.</summary>
    /// <param name="pixels"><c>[patches, channels × frames × side²]</c>, rows in merge order.</param>
    /// <param name="grids">One for each picture or video; their patches add up to the rows of <paramref name="pixels"/>.</param>
    /// <param name="watch">Sees <c>visual.patch_embed</c>, <c>visual.block.N.in</c> and <c>visual.block.N</c>, in the tower's own order of patches.</param>
    /// <exception cref="ArgumentException">Sizes do not fit.</exception>
    public VisionFeatures Forward(Tensor pixels, IReadOnlyList<GridThw> grids, Watch? watch = null)
    {
        Check(pixels, grids);
        using var scope = NewDisposeScope();
        var rotary = VisionPositions.Rotary(grids, config);
        var patches = patchEmbed.call(pixels);                                                         // [patches, hidden]
        watch?.Invoke("visual.patch_embed", patches);
        var features = Read(patches, new(rotary.Cos.to(pixels.device), rotary.Sin.to(pixels.device)), grids, watch);
        return new(features.Merged.MoveToOuterDisposeScope(), [.. features.DeepStack.Select(view => view.MoveToOuterDisposeScope())]);
    }

    /// <summary>From embedded patches to features.</summary>
    private protected abstract VisionFeatures Read(Tensor x, RotaryTable rotary, IReadOnlyList<GridThw> grids, Watch? watch);

    /// <summary>Patches of each frame: attention never crosses frames.</summary>
    private protected static List<long> Frames(IReadOnlyList<GridThw> grids) =>
        [.. grids.SelectMany(grid => Enumerable.Repeat((long)grid.Height * grid.Width, grid.Time))];

    private protected Tensor Block(int index, Tensor x, RotaryTable rotary, IReadOnlyList<long> segments, Watch? watch)
    {
        watch?.Invoke($"visual.block.{index}.in", x);
        x = blocks[index].Forward(x, rotary, segments);
        watch?.Invoke($"visual.block.{index}", x);
        return x;
    }

    private void Check(Tensor pixels, IReadOnlyList<GridThw> grids)
    {
        if (pixels.dim() != 2 || pixels.shape[1] != config.PatchValues)
            throw new ArgumentException($"Pixels are [{string.Join(", ", pixels.shape)}], expected [patches, {config.PatchValues}] for patch size {config.PatchSize}: "
                + "the preprocessor does not belong to this checkpoint.", nameof(pixels));
        var merge = config.SpatialMergeSize;
        foreach (var grid in grids)
            if (grid.Time < 1 || grid.Height < 1 || grid.Width < 1 || grid.Height % merge != 0 || grid.Width % merge != 0)
                throw new ArgumentException($"A picture of {grid.Time} × {grid.Height} × {grid.Width} patches cannot be joined in squares of {merge}.",
                    nameof(grids));
        if (grids.Sum(grid => (long)grid.Patches) is var sum && sum != pixels.shape[0])
            throw new ArgumentException($"The grids name {sum} patches, the pixels have {pixels.shape[0]} rows.", nameof(grids));
    }
}
