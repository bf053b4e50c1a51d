using Crane.Core.Vision;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Crane.Core.Model;

/// <summary>Qwen3-VL's vision tower: patches + learnt positions → blocks over frames → merger, with DeepStack branches on the way.</summary>
public sealed class Qwen3VisionTower : VisionTower
{
    private readonly Qwen3VisionConfig config;
    [ComponentName(Name = "pos_embed")] private readonly Embedding positions;
    [ComponentName(Name = "merger")] private readonly PatchMerger merger;
    [ComponentName(Name = "deepstack_merger_list")] private readonly ModuleList<PatchMerger> deepStackMergers;

    /// <summary>A tower with TorchSharp's fresh weights.</summary>
    public Qwen3VisionTower(Qwen3VisionConfig config) : base(nameof(Qwen3VisionTower), config, patchBias: true,
        () => new VisionBlock(config, () => nn.LayerNorm(config.HiddenSize, NormEps), new VisionMlp(config)))
    {
        this.config = config;
        positions = FirstWeights.Embedding(config.NumPositionEmbeddings, config.HiddenSize);
        merger = new PatchMerger(config, normaliseJoined: false);
        deepStackMergers = nn.ModuleList([.. config.DeepstackVisualIndexes.Select(_ => new PatchMerger(config, normaliseJoined: true))]);
        RegisterComponents();
    }

    private protected override VisionFeatures Read(Tensor x, RotaryTable rotary, IReadOnlyList<GridThw> grids, Watch? watch)
    {
        x = x.Plus(VisionPositions.Learnt(positions.weight!, grids, config));                                 // [patches, hidden]
        var frames = Frames(grids);
        var early = new Tensor[config.DeepstackVisualIndexes.Length];
        for (var i = 0; i < config.Depth; i++)
        {
            x = Block(i, x, rotary, frames, watch);
            if (Array.IndexOf(config.DeepstackVisualIndexes, i) is >= 0 and var at) early[at] = deepStackMergers[at].call(x);
        }
        return new(merger.call(x), early);                                                             // [tokens, outHidden]
    }
}
