using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Crane.Core.Model.Adapters;

/// <summary>The bias of a module that has no low-rank change (PEFT: bias="all"). The module's output shifts by the difference to the base's bias.</summary>
internal sealed class LearntBias : AdapterPart
{
    private readonly Parameter own, learnt;

    /// <summary>A copy of the base's bias, <c>[out]</c>.</summary>
    public LearntBias(string name, Parameter own) : base(name)
    {
        this.own = own;
        learnt = Learn(own, ".bias", ".bias");
    }

    /// <inheritdoc/>
    public override Tensor Apply(Tensor x, Tensor output)   // [..., out]
    {
        using var scope = NewDisposeScope();
        return output.Plus(learnt - own).to(output.dtype).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override IEnumerable<(Parameter Base, Tensor Value)> Merged() => [(own, learnt)];
}
