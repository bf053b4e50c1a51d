using System.Collections.Immutable;

namespace Crane.Core.Memory;

/// <summary>The edits of both modalities, their history, and the journal that keeps them.</summary>
/// <remarks>Every change is written to the journal before it is seen. One writer at a time, in this process or another; any number of readers, who each see
/// whole
/// states. A crash at any byte loses at most the line being written, and <see cref="Problems"/> says so after the next opening.</remarks>
public sealed class EditLibrary : IDisposable
{
    private readonly Lock writing = new();
    private readonly TimeProvider clock;
    private readonly JournalWriter? journal;
    private readonly string? readPath;
    private volatile State state;

    private sealed record State(LibrarySnapshot Now, ImmutableList<LibraryEvent> Events, long Next, IReadOnlyList<JournalProblem> Problems);

    private EditLibrary(State state, TimeProvider? clock, JournalWriter? journal, string? readPath = null) =>
        (this.state, this.clock, this.journal, this.readPath) = (state, clock ?? TimeProvider.System, journal, readPath);

    /// <summary>An empty library that lives in memory alone.</summary>
    /// <param name="clock">Null: the system's.</param>
    public EditLibrary(TimeProvider? clock = null) : this(new(LibrarySnapshot.Empty, [], 1, []), clock, null) { }

    /// <summary>Opens a journal for reading and writing, or begins one.</summary>
    /// <param name="path">The journal, a JSONL file; <c>path.lock</c> beside it keeps other writers out.</param>
    /// <param name="clock">Null: the system's.</param>
    /// <exception cref="IOException">Another writer has it open.</exception>
    /// <exception cref="InvalidDataException">The file is no journal, or of a newer version; it is not touched.</exception>
    public static EditLibrary Open(string path, TimeProvider? clock = null)
    {
        var hold = JournalWriter.Lock(path);
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            return Open(stream, path, clock, hold);
        }
        catch
        {
            stream?.Dispose();
            hold.Dispose();
            throw;
        }
    }

    /// <summary>Opens a journal that another writer may be writing.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">See <see cref="Open(string, TimeProvider)"/>.</exception>
    public static EditLibrary OpenRead(string path) => new(Replay(JournalFormat.Read(ReadShared(path), path)), null, null, path);

    /// <summary>The same on any stream that can be read, written and cut.</summary>
    internal static EditLibrary Open(Stream stream, string name, TimeProvider? clock = null, IDisposable? hold = null)
    {
        var bytes = new byte[stream.Length];
        stream.Position = 0;
        stream.ReadExactly(bytes);
        var reading = JournalFormat.Read(bytes, name);
        var writer = new JournalWriter(stream, name, reading.Good, hold);
        if (reading.Good == 0) writer.Append(JournalFormat.HeaderLine);
        else if (reading.EndsInLine) writer.Append("\n"u8);
        return new(Replay(reading), clock, writer);
    }

    /// <summary>The library as it stands. It does not change while the caller holds it.</summary>
    public LibrarySnapshot Now => state.Now;

    /// <summary>Everything that happened, the oldest first.</summary>
    public IReadOnlyList<LibraryEvent> Events => state.Events;

    /// <summary>Lines of the journal that could not be used when it was read; empty for a sound one.</summary>
    public IReadOnlyList<JournalProblem> Problems => state.Problems;

    /// <summary>The library as it stood at a time, that moment included.</summary>
    public LibrarySnapshot AsOf(DateTimeOffset time)
    {
        var (then, events) = (LibrarySnapshot.Empty, state.Events);
        foreach (var e in events.TakeWhile(e => e.Time <= time))
            then = then.After(e);
        return then;
    }

    /// <summary>Adds an entry. An entry in force that answers the same question about the same subject makes way; if its value differs, that is a conflict
    /// (<see cref="LibrarySnapshot.Conflicts"/>).</summary>
    /// <param name="entry">Time and state are set by the library.</param>
    /// <returns>The entry as it stands.</returns>
    /// <exception cref="ArgumentException">A field is empty, or the key unusable.</exception>
    /// <exception cref="InvalidOperationException">The id was used before, or the library is open for reading only.</exception>
    /// <exception cref="IOException">It could not be written; nothing changed.</exception>
    public EditEntry Add(EditEntry entry) => Write(LibraryAction.Add, entry.Id, entry.Checked() with { Supersedes = null, State = EntryState.Active }, null);

    /// <summary>Replaces an entry by a newer one with an id of its own; the old one stays in the history as superseded.</summary>
    /// <param name="id">The entry to replace, not revoked.</param>
    /// <param name="replacement">The new one.</param>
    /// <param name="reason">For the history, or null.</param>
    /// <exception cref="KeyNotFoundException">There is no such entry.</exception>
    public EditEntry Update(string id, EditEntry replacement, string? reason = null) =>
        Write(LibraryAction.Add, replacement.Id, replacement.Checked() with { Supersedes = id, State = EntryState.Active }, reason);

    /// <summary>Takes an entry back. What it had superseded stays so: restore that if it shall speak again.</summary>
    /// <exception cref="KeyNotFoundException">There is no such entry.</exception>
    /// <exception cref="InvalidOperationException">It is revoked already.</exception>
    public EditEntry Revoke(string id, string? reason = null) => Write(LibraryAction.Revoke, id, null, reason);

    /// <summary>Puts a revoked or superseded entry in force again, as the newest word on its question.</summary>
    /// <exception cref="KeyNotFoundException">There is no such entry.</exception>
    /// <exception cref="InvalidOperationException">It is in force.</exception>
    public EditEntry Restore(string id, string? reason = null) => Write(LibraryAction.Restore, id, null, reason);

    /// <summary>Reads what a writer has added since a library was opened by <see cref="OpenRead"/>.</summary>
    public void Refresh()
    {
        if (readPath is not null) state = Replay(JournalFormat.Read(ReadShared(readPath), readPath));
    }

    private EditEntry Write(LibraryAction action, string id, EditEntry? entry, string? reason)
    {
        lock (writing)
        {
            if (readPath is not null) throw new InvalidOperationException($"{readPath}: the library is open for reading only; open it with EditLibrary.Open.");
            var (now, last) = (clock.GetUtcNow(), state.Events.Count == 0 ? DateTimeOffset.MinValue : state.Events[^1].Time);
            var time = now > last ? now : last;   // a clock set back does not turn the order round
            var e = new LibraryEvent(state.Next, time, action, id, entry is null ? null : entry with { Time = time }, reason);
            var next = state.Now.After(e);
            journal?.Append(JournalFormat.Line(e));
            state = new(next, state.Events.Add(e), e.Sequence + 1, state.Problems);
            return next.Find(id)!;
        }
    }

    private static State Replay(JournalReading reading)
    {
        var (now, events, problems) = (LibrarySnapshot.Empty, new List<LibraryEvent>(), reading.Problems.ToList());
        foreach (var (line, e) in reading.Events)
        {
            try
            {
                e.Entry?.Checked();
                now = now.After(e);
                events.Add(e);
            }
            catch (Exception error) when (error is InvalidOperationException or KeyNotFoundException or ArgumentException)
            {
                problems.Add(new(line, $"{e.Action} of '{e.Id}' does not fit what stands before it: {error.Message}", e.Id));
            }
        }
        // A line that could not be read had a number too.
        var next = Math.Max(reading.Events.Count == 0 ? 1 : reading.Events[^1].Event.Sequence + reading.Lines - reading.Events[^1].Line + 1,
            Math.Max(1, reading.Lines));
        return new(now, [.. events], next, [.. problems.OrderBy(p => p.Line)]);
    }

    private static byte[] ReadShared(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"{path}: there is no journal of edits; EditLibrary.Open begins one.", path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    /// <summary>Closes the journal and lets other writers in.</summary>
    public void Dispose() => journal?.Dispose();
}
