using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Crane.Core.Memory;

/// <summary>The tensors of a frozen encoder, read by their checkpoint names; half precision is read as float32. A layer is a prefix: <c>x.weight</c>,
/// <c>x.bias</c>.</summary>
internal sealed class EncoderWeights : IDisposable
{
    private readonly CheckpointFiles files;
    private readonly Dictionary<string, Tensor> read = [];
    private readonly string prefix;

    /// <param name="folder">A Hugging Face folder.</param>
    /// <param name="prefixes">What may stand before every name, tried in this order, as <c>bert.</c> in a model with a head.</param>
    /// <param name="probe">A name that the checkpoint must have after one of them.</param>
    public EncoderWeights(string folder, IReadOnlyList<string> prefixes, string probe)
    {
        NativeTorch.Ensure();
        files = CheckpointFiles.Open(folder);
        prefix = prefixes.FirstOrDefault(p => files.Names.Contains(p + probe))
            ?? throw Missing($"no tensor '{probe}'{(prefixes.Count > 1 ? $", also not after {string.Join(", ", prefixes.Where(p => p.Length > 0).Select(p => $"'{p}'"))}" : "")}: config.json may belong to another checkpoint");
    }

    public bool Has(string name) => files.Names.Contains(prefix + name);

    /// <summary>A tensor of a checked shape; −1 stands for any size.</summary>
    public Tensor Get(string name, params ReadOnlySpan<long> shape)
    {
        if (read.TryGetValue(name, out var known)) return known;
        if (!Has(name)) throw Missing($"tensor '{prefix + name}' is missing");
        var found = files.FileOf(prefix + name).Entry(prefix + name).Shape;
        var fits = found.Length == shape.Length;
        for (var i = 0; fits && i < found.Length; i++) fits = shape[i] < 0 || shape[i] == found[i];
        if (!fits) throw Missing($"tensor '{prefix + name}' is [{string.Join(", ", found)}], config.json asks for [{string.Join(", ", shape.ToArray())}]");
        using var scope = NewDisposeScope();
        return read[name] = files.FileOf(prefix + name).Read(prefix + name).to(float32).DetachFromDisposeScope();
    }

    /// <summary>x Wᵀ + b.</summary>
    public Tensor Linear(string layer, Tensor x, long width, bool bias = true) =>
        F.linear(x, Get(layer + ".weight", width, x.shape[^1]), bias ? Get(layer + ".bias", width) : null);

    /// <summary>LayerNorm over the last axis.</summary>
    public Tensor Norm(string layer, Tensor x, double eps) =>
        F.layer_norm(x, [x.shape[^1]], Get(layer + ".weight", x.shape[^1]), Get(layer + ".bias", x.shape[^1]), eps);

    private InvalidDataException Missing(string what) => new($"{files.Folder}: {what}.");

    public void Dispose()
    {
        foreach (var tensor in read.Values) tensor.Dispose();
        files.Dispose();
    }
}
