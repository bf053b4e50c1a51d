namespace Crane.Core.Memory;

/// <summary>The two libraries.</summary>
public enum Modality
{
    /// <summary>Keyed by a picture: "what this shows is now …".</summary>
    Visual,

    /// <summary>Keyed by a sentence: "the capital of … is now …".</summary>
    Textual,
}

/// <summary>Whether an entry is in force.</summary>
public enum EntryState
{
    /// <summary>In force.</summary>
    Active,

    /// <summary>A newer entry about the same thing took its place.</summary>
    Superseded,

    /// <summary>Taken back by hand.</summary>
    Revoked,
}
