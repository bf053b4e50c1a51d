using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Crane.Core.Model;

/// <summary>Qwen3-VL's merger. Joins each square of patches into one token: W₂ gelu(W₁ x + b₁) + b₂ of the joined vectors, GELU in its exact form.</summary>
/// <remarks>The tower's last merger normalises each patch before joining; those of DeepStack normalise the joined vector.</remarks>
public sealed class PatchMerger : nn.Module<Tensor, Tensor>
{
    private readonly int joined;
    private readonly bool normaliseJoined;
    [ComponentName(Name = "norm")] private readonly nn.Module<Tensor, Tensor> norm;
    [ComponentName(Name = "linear_fc1")] private readonly nn.Module<Tensor, Tensor> up;
    [ComponentName(Name = "linear_fc2")] private readonly nn.Module<Tensor, Tensor> down;

    /// <summary>A merger of the tower's sizes.</summary>
    public PatchMerger(VisionConfig config, bool normaliseJoined) : base(nameof(PatchMerger))
    {
        joined = config.MergedSize;
        this.normaliseJoined = normaliseJoined;
        norm = nn.LayerNorm(normaliseJoined ? joined : config.HiddenSize, VisionTower.NormEps);
        up = new Linear(joined, joined);
        down = new Linear(joined, config.OutHiddenSize);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)   // [patches, hidden] → [tokens, outHidden]
    {
        using var scope = NewDisposeScope();
        var squares = normaliseJoined ? norm.call(x.view(-1, joined)) : norm.call(x).view(-1, joined);   // [tokens, hidden × merge²]
        return down.call(F.gelu(up.call(squares))).MoveToOuterDisposeScope();
    }
}

/// <summary>Qwen2.5-VL's merger: RMSNorm of each patch, then W₂ gelu(W₁ x + b₁) + b₂ of the joined square, GELU in its exact form.</summary>
public sealed class Qwen25PatchMerger : nn.Module<Tensor, Tensor>
{
    private readonly int joined;
    [ComponentName(Name = "ln_q")] private readonly RmsNorm norm;
    [ComponentName(Name = "mlp")] private readonly TorchSharp.Modules.ModuleList<nn.Module<Tensor, Tensor>> mlp;   // checkpoint keys mlp.0 and mlp.2

    /// <summary>A merger of the tower's sizes.</summary>
    public Qwen25PatchMerger(VisionConfig config) : base(nameof(Qwen25PatchMerger))
    {
        joined = config.MergedSize;
        norm = new RmsNorm(config.HiddenSize, VisionTower.NormEps);
        mlp = nn.ModuleList<nn.Module<Tensor, Tensor>>(new Linear(joined, joined), nn.GELU(), new Linear(joined, config.OutHiddenSize));
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)   // [patches, hidden] → [tokens, outHidden]
    {
        using var scope = NewDisposeScope();
        x = norm.call(x).view(-1, joined);     // [tokens, hidden × merge²]
        foreach (var layer in mlp) x = layer.call(x);
        return x.MoveToOuterDisposeScope();
    }
}
