using static TorchSharp.torch;

namespace Crane.Core.Model;

/// <summary>Sees values as they pass through the model. The tensor is only valid during the call; <see cref="Recorder"/> keeps copies. It is the value itself:
/// without
/// gradients a watch may write into it, and the model goes on with what was written (causal tracing does so).</summary>
/// <param name="point">Name of the place, for example <c>layer.0</c>; each module lists its own.</param>
/// <param name="value">The value there.</param>
public delegate void Watch(string point, Tensor value);

/// <summary>Keeps a detached copy of every value that it is shown, by the name of the place.</summary>
public sealed class Recorder : IDisposable
{
    private readonly Dictionary<string, Tensor> values = [];
    private readonly Predicate<string> wanted;

    /// <summary>Records the places for which <paramref name="wanted"/> is true; null: all.</summary>
    public Recorder(Predicate<string>? wanted = null) => this.wanted = wanted ?? (_ => true);

    /// <summary>The names seen so far.</summary>
    public IReadOnlyCollection<string> Points => values.Keys;

    /// <summary>The latest value at a place; it belongs to this recorder.</summary>
    /// <exception cref="KeyNotFoundException">Nothing passed there.</exception>
    public Tensor this[string point] => values.TryGetValue(point, out var value) ? value
        : throw new KeyNotFoundException($"Nothing was seen at '{point}'; seen were {string.Join(", ", values.Keys)}.");

    /// <summary>The watch to hand to the model.</summary>
    public void Watch(string point, Tensor value)
    {
        if (!wanted(point)) return;
        if (values.Remove(point, out var earlier)) earlier.Dispose();
        values[point] = value.detach().clone().DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var value in values.Values) value.Dispose();
        values.Clear();
    }
}
