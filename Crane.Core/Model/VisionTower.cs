using Crane.Core.Vision;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Crane.Core.Model;

/// <summary>What the decoder receives of pictures or videos.</summary>
/// <param name="Merged">One vector a token, <c>[tokens, outHidden]</c>, in the order of the pictures.</param>
/// <param name="DeepStack">Earlier views, the same shape each; number i is added after decoder layer i.</param>
public sealed record VisionFeatures(Tensor Merged, IReadOnlyList<Tensor> DeepStack);

/// <summary>Qwen3-VL's vision tower: patches → learnt and rotary positions → blocks → merger, with DeepStack branches on the way.</summary>
public sealed class VisionTower : nn.Module
{
    private readonly VisionConfig config;
    [ComponentName(Name = "patch_embed")] private readonly PatchEmbed patchEmbed;
    [ComponentName(Name = "pos_embed")] private readonly Embedding positions;
    [ComponentName(Name = "blocks")] private readonly ModuleList<VisionBlock> blocks;
    [ComponentName(Name = "merger")] private readonly PatchMerger merger;
    [ComponentName(Name = "deepstack_merger_list")] private readonly ModuleList<PatchMerger> deepStackMergers;

    /// <summary>A tower with TorchSharp's fresh weights.</summary>
    public VisionTower(VisionConfig config) : base(nameof(VisionTower))
    {
        this.config = config;
        patchEmbed = new PatchEmbed(config);
        positions = nn.Embedding(config.NumPositionEmbeddings, config.HiddenSize);
        blocks = nn.ModuleList([.. Enumerable.Range(0, config.Depth).Select(_ => new VisionBlock(config))]);
        merger = new PatchMerger(config, normaliseJoined: false);
        deepStackMergers = nn.ModuleList([.. config.DeepstackVisualIndexes.Select(_ => new PatchMerger(config, normaliseJoined: true))]);
        RegisterComponents();
    }

    /// <summary>Reads pictures.</summary>
    /// <param name="pixels"><c>[patches, channels × frames × side²]</c>, rows in merge order.</param>
    /// <param name="grids">One for each picture or video; their patches add up to the rows of <paramref name="pixels"/>.</param>
    /// <param name="watch">Sees <c>visual.patch_embed</c>, <c>visual.block.N</c> and <c>visual.block.N.in</c>.</param>
    /// <exception cref="ArgumentException">Sizes do not fit.</exception>
    public VisionFeatures Forward(Tensor pixels, IReadOnlyList<GridThw> grids, Watch? watch = null)
    {
        Check(pixels, grids);
        using var scope = NewDisposeScope();
        var rotary = VisionPositions.Rotary(grids, config);
        rotary = new(rotary.Cos.to(pixels.device), rotary.Sin.to(pixels.device));
        var frames = grids.SelectMany(grid => Enumerable.Repeat((long)grid.Height * grid.Width, grid.Time)).ToList();
        var x = patchEmbed.call(pixels.to(positions.weight!.dtype));                               // [patches, hidden]
        watch?.Invoke("visual.patch_embed", x);
        x += VisionPositions.Learnt(positions.weight!, grids, config);
        var early = new Tensor[config.DeepstackVisualIndexes.Length];
        for (var i = 0; i < config.Depth; i++)
        {
            watch?.Invoke($"visual.block.{i}.in", x);
            x = blocks[i].Forward(x, rotary, frames);
            watch?.Invoke($"visual.block.{i}", x);
            if (Array.IndexOf(config.DeepstackVisualIndexes, i) is >= 0 and var at) early[at] = deepStackMergers[at].call(x);
        }
        return new(merger.call(x).MoveToOuterDisposeScope(), [.. early.Select(e => e.MoveToOuterDisposeScope())]);   // [tokens, outHidden]
    }

    private void Check(Tensor pixels, IReadOnlyList<GridThw> grids)
    {
        if (pixels.dim() != 2 || pixels.shape[1] != config.PatchValues)
            throw new ArgumentException($"Pixels are [{string.Join(", ", pixels.shape)}], expected [patches, {config.PatchValues}] for patch size {config.PatchSize}: "
                + "the preprocessor does not belong to this checkpoint.", nameof(pixels));
        var merge = config.SpatialMergeSize;
        foreach (var grid in grids)
            if (grid.Time < 1 || grid.Height < 1 || grid.Width < 1 || grid.Height % merge != 0 || grid.Width % merge != 0)
                throw new ArgumentException($"A picture of {grid.Time} × {grid.Height} × {grid.Width} patches cannot be joined in squares of {merge}.", nameof(grids));
        if (grids.Sum(grid => (long)grid.Patches) is var sum && sum != pixels.shape[0])
            throw new ArgumentException($"The grids name {sum} patches, the pixels have {pixels.shape[0]} rows.", nameof(grids));
    }
}
