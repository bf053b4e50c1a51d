using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Crane.Core.Model;

/// <summary>Turns the values of a patch into its first vector. A convolution whose stride is its size is a linear map; the weight keeps the
/// convolution's shape <c>[hidden, channels, frames, side, side]</c>, as checkpoints store it.</summary>
public sealed class PatchEmbed : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "proj")] private readonly TorchSharp.Modules.Conv3d proj;

    /// <summary>An embedding of the tower's sizes.</summary>
    public PatchEmbed(VisionConfig config, bool hasBias) : base(nameof(PatchEmbed))
    {
        (long, long, long) size = (config.TemporalPatchSize, config.PatchSize, config.PatchSize);
        proj = nn.Conv3d(config.InChannels, config.HiddenSize, size, stride: size, bias: hasBias);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)   // [patches, channels × frames × side²] → [patches, hidden]
    {
        using var scope = NewDisposeScope();
        return MatrixProduct.Linear(x.to(proj.weight.dtype), proj.weight.flatten(1), proj.bias).MoveToOuterDisposeScope();
    }
}
