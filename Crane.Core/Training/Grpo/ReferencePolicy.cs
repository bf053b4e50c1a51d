using Crane.Core.Model;
using Crane.Core.Model.Adapters;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>The policy that the KL term holds on to: another model, the base under the adapter, or the first weights of what is learnt.</summary>
internal sealed class ReferencePolicy : IDisposable
{
    private readonly CausalModel model;
    private readonly PeftModel? adapter;
    private readonly List<(Parameter Parameter, Tensor First)> first = [];

    /// <summary>A reference.</summary>
    /// <param name="policy">What is trained.</param>
    /// <param name="adapter">Its adapter, or null: then <paramref name="other"/> or the first weights are the reference.</param>
    /// <param name="other">A model that does not change, or null.</param>
    /// <param name="learnt">What is learnt; copied where neither of the others is given.</param>
    public ReferencePolicy(CausalModel policy, PeftModel? adapter, CausalModel? other, IEnumerable<Parameter> learnt)
    {
        (model, this.adapter) = (other ?? policy, other is null ? adapter : null);
        if (other is not null || adapter is not null) return;
        using var none = no_grad();
        first = [.. learnt.Select(parameter => (parameter, parameter.detach().clone().DetachFromDisposeScope()))];
    }

    /// <summary>Calls something with the reference in force.</summary>
    public T With<T>(Func<CausalModel, T> call)
    {
        if (adapter is not null)
            using (adapter.DisableAdapter()) return call(model);
        Swap();
        try { return call(model); }
        finally { Swap(); }
    }

    /// <summary>Exchanges present and first weights.</summary>
    private void Swap()
    {
        using var none = no_grad();
        foreach (var (parameter, other) in first)
            using (var present = parameter.detach().clone())
            {
                parameter.copy_(other);
                other.copy_(present);
            }
    }

    public void Dispose()
    {
        foreach (var (_, tensor) in first) tensor.Dispose();
    }
}
