using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Editing;

/// <summary>What a layer's down-projection is usually given: the second moment of its keys over a corpus, C = E[k kᵀ] (ROME, arXiv 2202.05262, eq.
/// 2).</summary>
public sealed class KeyStatistics : IDisposable
{
    private KeyStatistics(int layer, Tensor secondMoment, long tokens) => (Layer, SecondMoment, Tokens) = (layer, secondMoment, tokens);

    /// <summary>Index of the layer.</summary>
    public int Layer { get; }

    /// <summary>C, <c>[intermediate, intermediate]</c> float64, on the CPU.</summary>
    public Tensor SecondMoment { get; }

    /// <summary>Over how many tokens.</summary>
    public long Tokens { get; }

    /// <summary>Reads a corpus of questions, every token of every prompt.</summary>
    /// <param name="model">The untouched model.</param>
    /// <param name="layers">Which layers.</param>
    /// <param name="corpus">At least one question.</param>
    /// <param name="cancellationToken">Checked at every question.</param>
    public static IReadOnlyList<KeyStatistics> Of(VisionLanguageModel model, IReadOnlyList<int> layers, IReadOnlyList<Question> corpus,
        CancellationToken cancellationToken = default)
    {
        if (corpus.Count == 0) throw new ArgumentException("The covariance of keys needs a corpus of at least one question.", nameof(corpus));
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var sums = layers.ToDictionary(layer => layer, _ =>
            zeros(model.Model.Config.Text.IntermediateSize, model.Model.Config.Text.IntermediateSize, dtype: float64));
        long tokens = 0;
        using var recorder = new Recorder(point => layers.Any(layer => point == $"layer.{layer}.mlp.keys"));
        foreach (var question in corpus)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            model.Model.Hidden(model.Prompts.Batch([question]).To(model.Model.Device), watch: recorder.Watch);
            foreach (var layer in layers)
            {
                var keys = recorder[$"layer.{layer}.mlp.keys"][0].cpu().to(float64);             // [length, intermediate]
                sums[layer].add_(keys.t().matmul(keys), Scalars.One);
            }
            tokens += recorder[$"layer.{layers[0]}.mlp.keys"].shape[1];
        }
        return [.. layers.Select(layer => new KeyStatistics(layer, (sums[layer] / Scalars.Keep(tokens)).DetachFromDisposeScope(), tokens))];
    }

    /// <inheritdoc/>
    public void Dispose() => SecondMoment.Dispose();
}
