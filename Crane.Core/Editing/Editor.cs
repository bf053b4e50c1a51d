using System.Diagnostics;
using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Editing;

/// <summary>What all methods share: the list of edits in force, copies of the state before them, and files.</summary>
/// <param name="name">The field's name of the method.</param>
/// <param name="model">The model, or null for methods that need none.</param>
/// <param name="config">The settings; a record.</param>
public abstract class Editor(string name, VisionLanguageModel? model, object config) : IEditor
{
    private readonly List<IReadOnlyList<Edit>> groups = [];
    private Dictionary<string, Tensor>? start, beforeLast;
    private string? left;

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public IReadOnlyList<Edit> InForce => [.. groups.SelectMany(group => group)];

    /// <summary>How the target is written.</summary>
    protected abstract TargetForm Form { get; }

    /// <summary>See <see cref="EditReport.ParametersTouched"/>.</summary>
    protected virtual long ParametersTouched => 0;

    /// <summary>Weights of the model that this method changes, by name; empty where it changes none.</summary>
    protected virtual IReadOnlyList<KeyValuePair<string, Tensor>> Touched => [];

    /// <inheritdoc/>
    public EditReport Apply(IReadOnlyList<Edit> edits, CancellationToken cancellationToken = default)
    {
        Check(edits);
        CheckUntouched();
        var watch = Stopwatch.StartNew();
        if (groups.Count == 0) Ready(cancellationToken);
        var before = Capture();
        Attempt(before, () => Insert(edits, cancellationToken));
        if (start is null) start = before;
        else
        {
            Release(ref beforeLast);
            beforeLast = before;
        }
        groups.Add([.. edits]);
        left = Fingerprint();
        return new(edits.Count, watch.Elapsed.TotalSeconds, ParametersTouched, (double)Bytes() / InForce.Count);
    }

    /// <inheritdoc/>
    public void Revoke(string id)
    {
        if (!groups.Any(group => group.Any(edit => edit.Id == id)))
            throw new KeyNotFoundException($"No edit '{id}' is in force; in force are: {string.Join(", ", InForce.Select(edit => edit.Id))}.");
        CheckUntouched();
        var rest = groups.Select(group => (IReadOnlyList<Edit>)[.. group.Where(edit => edit.Id != id)]).Where(group => group.Count > 0).ToList();
        var wasLast = groups[^1] is [var last] && last.Id == id;
        if (rest.Count == 0) Restore(start!);
        else if (wasLast && beforeLast is not null) Restore(beforeLast);
        else Replay(rest);
        Release(ref beforeLast);
        if (rest.Count == 0) Release(ref start);
        groups.Clear();
        groups.AddRange(rest);
        left = Fingerprint();
    }

    /// <inheritdoc/>
    public virtual Question Prompt(Question question) => question;

    /// <inheritdoc/>
    public void Save(string file)
    {
        using var scope = NewDisposeScope();
        var state = Capture();
        try { EditorFile.Write(file, name, config, Base(), groups, state); }
        finally { Release(ref state); }
    }

    /// <inheritdoc/>
    public void Load(string file)
    {
        if (groups.Count > 0) throw new InvalidOperationException($"Edits are in force ({string.Join(", ", InForce.Select(edit => edit.Id))}); revoke them before {file} is loaded.");
        var (saved, state) = EditorFile.Read(file, name, config, Base());
        Ready(CancellationToken.None);
        var before = Capture();
        try { Attempt(before, () => Restore(state)); }
        finally { Release(ref state!); }
        start = before;
        groups.AddRange(saved);
        left = Fingerprint();
    }

    /// <summary>Takes every edit back and frees what is held.</summary>
    public void Dispose()
    {
        if (start is not null) Restore(start);
        Release(ref start);
        Release(ref beforeLast);
        groups.Clear();
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Puts checked edits in force. Whatever it leaves behind when it throws is taken back by <see cref="Restore"/>.</summary>
    protected abstract void Insert(IReadOnlyList<Edit> edits, CancellationToken cancellationToken);

    /// <summary>Computes what the method needs from the untouched model, unless it did before.</summary>
    protected virtual void Ready(CancellationToken cancellationToken) { }

    /// <summary>Copies of all that edits change, outside every dispose scope.</summary>
    protected abstract Dictionary<string, Tensor> Capture();

    /// <summary>Puts a captured state back; it stays the caller's.</summary>
    /// <exception cref="InvalidDataException">The state, read from a file, does not fit.</exception>
    protected abstract void Restore(IReadOnlyDictionary<string, Tensor> state);

    /// <summary>Frees what outlives edits, such as statistics.</summary>
    protected virtual void Free() { }

    /// <summary>Copies tensors out of every dispose scope.</summary>
    protected static Dictionary<string, Tensor> Copies(IEnumerable<KeyValuePair<string, Tensor>> tensors) =>
        tensors.ToDictionary(pair => pair.Key, pair => pair.Value.detach().clone().DetachFromDisposeScope());

    private void Check(IReadOnlyList<Edit> edits)
    {
        if (edits.Count == 0) throw new ArgumentException("There is no edit to apply.", nameof(edits));
        foreach (var edit in edits)
        {
            edit.Checked();
            if (InForce.Any(other => other.Id == edit.Id)) throw new ArgumentException($"Edit '{edit.Id}' is in force already; revoke it first.", nameof(edits));
            if (edits.Count(other => other.Id == edit.Id) > 1) throw new ArgumentException($"Two edits of the batch are called '{edit.Id}'.", nameof(edits));
        }
        if (model is null) return;
        using var scope = NewDisposeScope();
        TargetBatch.Of(model, edits, Form);
    }

    private void CheckUntouched()
    {
        if (groups.Count > 0 && left != Fingerprint())
            throw new InvalidOperationException($"Weights that {name} changed ({string.Join(", ", Touched.Select(p => p.Key).Take(3))}, …) were changed again since its last edit, "
                + "perhaps by another editor; take that back first.");
    }

    private string? Fingerprint() => groups.Count > 0 && Touched is { Count: > 0 } touched ? WeightHash.Of(touched) : null;

    /// <summary>Hash of the untouched model: the weights in force, except those that were changed, which count as they were.</summary>
    private string? Base() => model is null ? null : WeightHash.Of(model.Model.named_parameters().Select(p => KeyValuePair.Create(p.name, start?.GetValueOrDefault(p.name) ?? p.parameter)));

    private void Replay(List<IReadOnlyList<Edit>> rest)
    {
        var now = Capture();
        try
        {
            Attempt(now, () =>
            {
                Restore(start!);
                foreach (var group in rest) Insert(group, CancellationToken.None);
            });
        }
        finally { Release(ref now!); }
    }

    private void Attempt(Dictionary<string, Tensor> before, Action change)
    {
        using var scope = NewDisposeScope();
        try { change(); }
        catch
        {
            Restore(before);
            throw;
        }
    }

    private long Bytes()
    {
        var state = Capture();
        var bytes = state.Values.Sum(tensor => tensor.numel() * tensor.element_size());
        Release(ref state!);
        return bytes;
    }

    private static void Release(ref Dictionary<string, Tensor>? state)
    {
        foreach (var tensor in state?.Values ?? Enumerable.Empty<Tensor>()) tensor.Dispose();
        state = null;
    }
}
