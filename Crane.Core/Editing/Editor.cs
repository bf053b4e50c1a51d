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
    private const long CopiesBudget = 1L << 30;   // bytes of states kept so that the latest edits can be taken back without computing the others again

    private readonly List<Group> groups = [];
    private string? left;

    /// <summary>Edits that came into force together, and the state before them; null where the budget did not allow a copy.</summary>
    private sealed record Group(IReadOnlyList<Edit> Edits, Dictionary<string, Tensor>? Before);

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public IReadOnlyList<Edit> InForce => [.. groups.SelectMany(group => group.Edits)];

    /// <summary>How the target is written.</summary>
    protected abstract TargetForm Form { get; }

    /// <summary>See <see cref="EditReport.ParametersTouched"/>.</summary>
    protected virtual long ParametersTouched => 0;

    /// <summary>Weights of the model that this method changes, by name; empty where it changes none.</summary>
    protected virtual IReadOnlyList<KeyValuePair<string, Tensor>> Touched => [];

    /// <inheritdoc/>
    public EditReport Apply(Edit edit, CancellationToken cancellationToken = default) => Apply([edit], cancellationToken);

    /// <inheritdoc/>
    public EditReport Apply(IReadOnlyList<Edit> edits, CancellationToken cancellationToken = default)
    {
        Check(edits);
        CheckUntouched();
        var (watch, processor) = (Stopwatch.StartNew(), ProcessorClock.Seconds);
        if (groups.Count == 0) Ready(cancellationToken);
        Add(edits, cancellationToken);
        left = Fingerprint();
        return new(edits.Count, watch.Elapsed.TotalSeconds, ProcessorClock.Seconds - processor, ParametersTouched, (double)Held() / InForce.Count);
    }

    /// <inheritdoc/>
    public void Revoke(string id)
    {
        var at = groups.FindIndex(group => group.Edits.Any(edit => edit.Id == id));
        if (at < 0) throw new KeyNotFoundException($"No edit '{id}' is in force; in force are: {string.Join(", ", InForce.Select(edit => edit.Id))}.");
        CheckUntouched();
        var rest = groups.Skip(at).Select(group => (IReadOnlyList<Edit>)[.. group.Edits.Where(edit => edit.Id != id)]).Where(edits => edits.Count > 0).ToList();
        var from = groups.FindLastIndex(at, group => group.Before is not null);
        Rebuild(from, [.. groups[from..at].Select(group => group.Edits), .. rest]);
        left = Fingerprint();
    }

    /// <inheritdoc/>
    public void RevokeAll()
    {
        if (groups.Count == 0) return;
        CheckUntouched();
        Rebuild(0, []);
    }

    /// <inheritdoc/>
    public virtual Question Prompt(Question question) => question;

    /// <inheritdoc/>
    public virtual VisionLanguageModel Route(VisionLanguageModel untouched, Question question) => untouched;

    /// <inheritdoc/>
    public void Save(string file)
    {
        using var scope = NewDisposeScope();
        var state = Capture();
        try { EditorFile.Write(file, name, config, Base(), [.. groups.Select(group => group.Edits)], state); }
        finally { Release(state); }
    }

    /// <inheritdoc/>
    public void Load(string file)
    {
        if (groups.Count > 0)
            throw new InvalidOperationException($"Edits are in force ({string.Join(", ", InForce.Select(edit => edit.Id))}); "
                + $"revoke them before {file} is loaded.");
        var (saved, state) = EditorFile.Read(file, name, config, Base());
        Ready(CancellationToken.None);
        var before = Capture();
        try { Attempt(before, () => Restore(state)); }
        catch
        {
            Release(before);
            throw;
        }
        finally { Release(state); }
        groups.AddRange(saved.Select((edits, i) => new Group(edits, i == 0 ? before : null)));
        left = Fingerprint();
    }

    /// <summary>Takes every edit back and frees what is held.</summary>
    public void Dispose()
    {
        if (groups.Count > 0) Rebuild(0, []);
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
            if (InForce.Any(other => other.Id == edit.Id))
                throw new ArgumentException($"Edit '{edit.Id}' is in force already; revoke it first.", nameof(edits));
            if (edits.Count(other => other.Id == edit.Id) > 1) throw new ArgumentException($"Two edits of the batch are called '{edit.Id}'.", nameof(edits));
        }
        if (model is null) return;
        using var scope = NewDisposeScope();
        TargetBatch.Of(model, edits, Form);
    }

    private void CheckUntouched()
    {
        if (groups.Count > 0 && left != Fingerprint())
            throw new InvalidOperationException($"Weights that {name} changed ({string.Join(", ", Touched.Select(p => p.Key).Take(3))}, …) were changed again, "
                + "perhaps by another editor; take back first what came since its last edit.");
    }

    private string? Fingerprint() => groups.Count > 0 && Touched is { Count: > 0 } touched ? WeightHash.Of(touched) : null;

    /// <summary>Hash of the untouched model: the weights in force, except those that were changed, which count as they were.</summary>
    private string? Base() => model is null ? null
        : WeightHash.Of(model.Model.named_parameters()
            .Select(p => KeyValuePair.Create(p.name, (groups.Count > 0 ? groups[0].Before!.GetValueOrDefault(p.name) : null) ?? p.parameter)));

    /// <summary>Inserts one group and keeps the state before it, or leaves everything as it was.</summary>
    private void Add(IReadOnlyList<Edit> edits, CancellationToken cancellationToken)
    {
        var before = Capture();
        try { Attempt(before, () => Insert(edits, cancellationToken)); }
        catch
        {
            Release(before);
            throw;
        }
        groups.Add(new([.. edits], before));
        for (var i = 1; i < groups.Count - 1 && groups.Sum(group => Bytes(group.Before)) > CopiesBudget; i++)
            groups[i] = groups[i] with { Before = Release(groups[i].Before) };
    }

    /// <summary>Goes back to the state before group <paramref name="from"/>, of which a copy exists, and inserts others in place of it and those after
    /// it.</summary>
    private void Rebuild(int from, List<IReadOnlyList<Edit>> others)
    {
        var (replaced, now) = (groups[from..], Capture());
        try
        {
            Restore(replaced[0].Before!);
            groups.RemoveRange(from, groups.Count - from);
            foreach (var edits in others) Add(edits, CancellationToken.None);
        }
        catch
        {
            foreach (var group in groups[from..]) Release(group.Before);
            groups.RemoveRange(from, groups.Count - from);
            groups.AddRange(replaced);
            Restore(now);
            throw;
        }
        finally { Release(now); }
        foreach (var group in replaced) Release(group.Before);
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

    private long Held()
    {
        var state = Capture();
        var bytes = Bytes(state);
        Release(state);
        return bytes;
    }

    private static long Bytes(Dictionary<string, Tensor>? state) => state?.Values.Sum(tensor => tensor.numel() * tensor.element_size()) ?? 0;

    private static Dictionary<string, Tensor>? Release(Dictionary<string, Tensor>? state)
    {
        foreach (var tensor in state?.Values ?? Enumerable.Empty<Tensor>()) tensor.Dispose();
        return null;
    }
}
