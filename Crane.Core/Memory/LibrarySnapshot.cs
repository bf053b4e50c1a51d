using System.Collections.Immutable;

namespace Crane.Core.Memory;

/// <summary>A library at one moment. It never changes, so that any number of readers can hold it.</summary>
public sealed class LibrarySnapshot
{
    /// <summary>A library in which nothing has happened.</summary>
    internal static LibrarySnapshot Empty { get; } = new();

    private ImmutableDictionary<string, EditEntry> entries = ImmutableDictionary<string, EditEntry>.Empty;
    private ImmutableDictionary<string, ImmutableList<HistoryStep>> histories = ImmutableDictionary<string, ImmutableList<HistoryStep>>.Empty;
    private ImmutableDictionary<(Modality, string, string), string> inForce = ImmutableDictionary<(Modality, string, string), string>.Empty;
    private ImmutableList<string> order = [];
    private ImmutableList<EditConflict> conflicts = [];

    private LibrarySnapshot() { }

    /// <summary>Every entry that was ever added, the oldest first.</summary>
    public IEnumerable<EditEntry> Entries => order.Select(id => entries[id]);

    /// <summary>Entries in force, the oldest first.</summary>
    public IEnumerable<EditEntry> Active => Entries.Where(entry => entry.State is EntryState.Active);

    /// <summary>Contradictions met so far, settled for the newer.</summary>
    public IReadOnlyList<EditConflict> Conflicts => conflicts;

    /// <summary>An entry, or null.</summary>
    public EditEntry? Find(string id) => entries.GetValueOrDefault(id);

    /// <summary>What happened to an entry and why, the oldest step first.</summary>
    /// <exception cref="KeyNotFoundException">There is no such entry.</exception>
    public IReadOnlyList<HistoryStep> History(string id) => histories.TryGetValue(id, out var steps) ? steps : throw NotFound(id);

    /// <summary>The library after one more event.</summary>
    /// <exception cref="InvalidOperationException">The event does not fit the entry's state.</exception>
    /// <exception cref="KeyNotFoundException">It names an entry that is not there.</exception>
    internal LibrarySnapshot After(LibraryEvent e) => e switch
    {
        { Action: LibraryAction.Add, Entry: { } entry } => Added(e, entry),
        { Action: LibraryAction.Revoke } => Revoked(e, Get(e.Id)),
        { Action: LibraryAction.Restore } => Restored(e, Get(e.Id)),
        _ => throw new InvalidOperationException($"event {e.Sequence} ({e.Action}) carries no entry"),
    };

    private LibrarySnapshot Added(LibraryEvent e, EditEntry entry)
    {
        if (entries.ContainsKey(entry.Id))
            throw new InvalidOperationException($"The library already has an entry '{entry.Id}'; give the edit an id of its own, or use Update.");
        var next = Copy();
        next.order = order.Add(entry.Id);
        if (entry.Supersedes is { } old)
        {
            if (Get(old).State is EntryState.Revoked)
                throw new InvalidOperationException($"Entry '{old}' is revoked and cannot be updated; restore it, or add a new one.");
            next.Supersede(Get(old), entry, e.Time, Because("updated", e.Reason));
        }
        next.PutInForce(entry with { Time = e.Time }, e.Time, Because(entry.Provenance is null ? "added" : $"added ({entry.Provenance})", e.Reason));
        return next;
    }

    private LibrarySnapshot Revoked(LibraryEvent e, EditEntry entry)
    {
        if (entry.State is EntryState.Revoked) throw new InvalidOperationException($"Entry '{entry.Id}' is revoked already.");
        var next = Copy();
        if (entry.State is EntryState.Active) next.inForce = inForce.Remove(entry.Slot);
        next.Set(entry with { State = EntryState.Revoked }, e.Time, Because("revoked", e.Reason));
        return next;
    }

    private LibrarySnapshot Restored(LibraryEvent e, EditEntry entry)
    {
        if (entry.State is EntryState.Active) throw new InvalidOperationException($"Entry '{entry.Id}' is in force already.");
        var next = Copy();
        next.PutInForce(entry, e.Time, Because("restored", e.Reason));
        return next;
    }

    /// <summary>Puts an entry in force; whatever answered the same question makes way.</summary>
    private void PutInForce(EditEntry entry, DateTimeOffset time, string why)
    {
        if (inForce.TryGetValue(entry.Slot, out var id) && entries[id] is var holder)
        {
            var differs = holder.NewValue != entry.NewValue;
            if (differs)
                conflicts = conflicts.Add(new(entry.Id, id, time,
                    $"'{entry.Question}' about '{entry.Subject}': '{id}' says '{holder.NewValue}', '{entry.Id}' says '{entry.NewValue}'; the newer wins"));
            Supersede(holder, entry, time, differs ? "a newer entry answers the same question differently" : "a newer entry says the same");
        }
        inForce = inForce.SetItem(entry.Slot, entry.Id);
        Set(entry with { State = EntryState.Active }, time, why);
    }

    private void Supersede(EditEntry old, EditEntry by, DateTimeOffset time, string why)
    {
        if (inForce.TryGetValue(old.Slot, out var holder) && holder == old.Id) inForce = inForce.Remove(old.Slot);
        Set(old with { State = EntryState.Superseded }, time, $"superseded by '{by.Id}': {why}; '{old.NewValue}' became '{by.NewValue}'");
    }

    private void Set(EditEntry entry, DateTimeOffset time, string why)
    {
        entries = entries.SetItem(entry.Id, entry);
        histories = histories.SetItem(entry.Id, histories.GetValueOrDefault(entry.Id, []).Add(new(time, entry.State, why)));
    }

    private EditEntry Get(string id) => entries.GetValueOrDefault(id) ?? throw NotFound(id);

    private KeyNotFoundException NotFound(string id) => new($"The library has no entry '{id}'; it holds {entries.Count}.");

    private LibrarySnapshot Copy() => (LibrarySnapshot)MemberwiseClone();

    private static string Because(string what, string? reason) => string.IsNullOrWhiteSpace(reason) ? what : $"{what}: {reason}";
}
