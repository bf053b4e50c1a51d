using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Crane.Core.Editing;

/// <summary>While it lives, no parameter of a module collects gradients: searches over something else neither pay for them nor leave any.</summary>
internal sealed class FrozenWeights : IDisposable
{
    private readonly List<Parameter> frozen;

    /// <param name="module">The module.</param>
    /// <param name="learnt">Parameters of it that go on collecting gradients, or null.</param>
    public FrozenWeights(nn.Module module, IEnumerable<Parameter>? learnt = null)
    {
        var kept = (learnt ?? []).Select(parameter => parameter.Handle).ToHashSet();
        frozen = [.. module.parameters().Where(parameter => parameter.requires_grad && !kept.Contains(parameter.Handle))];
        foreach (var parameter in frozen) parameter.requires_grad = false;
    }

    public void Dispose()
    {
        foreach (var parameter in frozen) parameter.requires_grad = true;
    }
}
