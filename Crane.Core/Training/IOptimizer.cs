using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Crane.Core.Training;

/// <summary>Changes parameters by their gradients. Its whole state can be saved and put back, so that a run resumes bit for bit.</summary>
public interface IOptimizer : IDisposable
{
    /// <summary>One update at a learning rate; parameters without a gradient stay as they are.</summary>
    void Step(double learningRate);

    /// <summary>State tensors by name; they belong to the optimiser.</summary>
    IEnumerable<KeyValuePair<string, Tensor>> State { get; }

    /// <summary>Updates done so far.</summary>
    long Steps { get; set; }
}
