using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Crane.Core.Editing;

/// <summary>While it lives, no parameter of a module collects gradients: searches over something else neither pay for them nor leave any.</summary>
internal sealed class FrozenWeights : IDisposable
{
    private readonly List<Parameter> frozen;

    public FrozenWeights(nn.Module module)
    {
        frozen = [.. module.parameters().Where(parameter => parameter.requires_grad)];
        foreach (var parameter in frozen) parameter.requires_grad = false;
    }

    public void Dispose()
    {
        foreach (var parameter in frozen) parameter.requires_grad = true;
    }
}
