using Microsoft.Extensions.AI;

namespace Crane.Core.Memory;

/// <summary>An embedding generator that computes in this process, on the caller's thread.</summary>
/// <remarks>Vectors are L2-normalised. One caller at a time.</remarks>
public abstract class Encoder<TInput> : IEmbeddingGenerator<TInput, Embedding<float>>
{
    private const int BatchSize = 32;

    /// <summary>What made the vectors, for the journal and for errors.</summary>
    public abstract string Name { get; }

    /// <summary>One vector of each input, not yet normalised.</summary>
    /// <param name="inputs">1 to 32.</param>
    protected abstract IReadOnlyList<float[]> Encode(IReadOnlyList<TInput> inputs);

    /// <summary>Vectors of any number of inputs, L2-normalised, in their order.</summary>
    /// <exception cref="InvalidDataException">The network gave a vector without a direction.</exception>
    public IReadOnlyList<float[]> Encode(IEnumerable<TInput> inputs, CancellationToken cancellationToken = default)
    {
        var vectors = new List<float[]>();
        foreach (var batch in inputs.Chunk(BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var vector in Encode(batch))
            {
                try { VectorChecks.Check(vector, vector.Length, $"input {vectors.Count}"); }
                catch (ArgumentException e) { throw new InvalidDataException($"{Name}: {e.Message}", e); }
                vectors.Add(VectorChecks.Normalise(vector));
            }
        }
        return vectors;
    }

    /// <inheritdoc/>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<TInput> values, EmbeddingGenerationOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        var result = new GeneratedEmbeddings<Embedding<float>>(Encode(values, cancellationToken).Select(v => new Embedding<float>(v) { ModelId = Name }));
        return Task.FromResult(result);
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(EmbeddingGeneratorMetadata) ? new EmbeddingGeneratorMetadata("crane", defaultModelId: Name)
        : serviceType.IsInstanceOfType(this) ? this : null;

    /// <summary>Frees what the encoder owns.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the encoder owns.</summary>
    /// <param name="disposing">Always true: there is nothing to finalise.</param>
    protected virtual void Dispose(bool disposing) { }
}
