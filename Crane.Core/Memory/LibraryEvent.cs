namespace Crane.Core.Memory;

/// <summary>What happens to a library.</summary>
public enum LibraryAction
{
    /// <summary>An entry comes in, by itself or in the place of another.</summary>
    Add,

    /// <summary>An entry is taken back.</summary>
    Revoke,

    /// <summary>An entry comes in force again.</summary>
    Restore,
}

/// <summary>One line of the journal.</summary>
/// <param name="Sequence">1, 2, 3 … without a gap.</param>
/// <param name="Time">Never earlier than the event before.</param>
/// <param name="Action">What happens.</param>
/// <param name="Id">The entry.</param>
/// <param name="Entry">The entry itself when it comes in.</param>
/// <param name="Reason">What the caller said, or null.</param>
public sealed record LibraryEvent(long Sequence, DateTimeOffset Time, LibraryAction Action, string Id, EditEntry? Entry = null, string? Reason = null);

/// <summary>A step in the life of an entry, in words.</summary>
/// <param name="Time">When.</param>
/// <param name="State">The state from then on.</param>
/// <param name="Why">What happened, and because of which other entry.</param>
public sealed record HistoryStep(DateTimeOffset Time, EntryState State, string Why);

/// <summary>Two entries gave different answers to one question; the newer is in force.</summary>
/// <param name="Winner">Id of the newer.</param>
/// <param name="Loser">Id of the older, now superseded.</param>
/// <param name="Time">When they met.</param>
/// <param name="Why">Both values, in words.</param>
public sealed record EditConflict(string Winner, string Loser, DateTimeOffset Time, string Why);
