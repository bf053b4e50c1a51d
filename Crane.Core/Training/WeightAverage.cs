using Crane.Core.Model;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Crane.Core.Training;

/// <summary>Exponential moving average of weights, θ̄ ← d θ̄ + (1 − d) θ after each step (PyTorch <c>swa_utils.get_ema_multi_avg_fn</c>). The averages of a
/// run often
/// answer better than its last weights.</summary>
public sealed class WeightAverage : IDisposable
{
    private readonly List<(Parameter Parameter, Tensor Mean)> pairs;
    private readonly double decay;

    /// <summary>An average that begins at the present weights.</summary>
    /// <param name="parameters">The weights that are learnt.</param>
    /// <param name="decay">d, in [0, 1): the nearer to 1, the longer the memory.</param>
    /// <exception cref="ArgumentOutOfRangeException">The decay lies outside its range.</exception>
    public WeightAverage(IEnumerable<Parameter> parameters, double decay = 0.999)
    {
        if (decay is not (>= 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(decay), decay, "The decay of an average is at least 0 and less than 1.");
        this.decay = decay;
        pairs = [.. parameters.Where(p => p.requires_grad).Select(p => (p, p.detach().clone().DetachFromDisposeScope()))];
    }

    /// <summary>Takes the present weights into the average; call it after each optimiser step.</summary>
    public void Update()
    {
        using var none = no_grad();
        foreach (var (parameter, mean) in pairs) mean.mul_(Scalars.Keep(decay)).add_(parameter, alpha: Scalars.Keep(1 - decay));
    }

    /// <summary>Puts the averages in the weights' place until the result is disposed.</summary>
    public IDisposable Apply()
    {
        Swap();
        return new Applied(this);
    }

    private void Swap()
    {
        using var none = no_grad();
        foreach (var (parameter, mean) in pairs)
        {
            using var weights = parameter.detach().clone();
            parameter.copy_(mean);
            mean.copy_(weights);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, mean) in pairs) mean.Dispose();
    }

    private sealed class Applied(WeightAverage average) : IDisposable
    {
        public void Dispose() => average.Swap();
    }
}
