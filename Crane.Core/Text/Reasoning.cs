namespace Crane.Core.Text;

/// <summary>What keeps a completion from the form <c>&lt;think&gt;…&lt;/think&gt;&lt;answer&gt;…&lt;/answer&gt;</c>. The first one met while reading
/// is reported.</summary>
public enum ReasoningDefect
{
    /// <summary>The form is valid.</summary>
    None,

    /// <summary>The limit of new tokens was reached, or the writer was stopped: no end of sequence was written.</summary>
    CutOff,

    /// <summary>Something other than white space stands outside the two blocks.</summary>
    StrayText,

    /// <summary>There is no think block.</summary>
    MissingThink,

    /// <summary>A think block is opened and not closed.</summary>
    UnclosedThink,

    /// <summary>A think block is closed that was not opened.</summary>
    UnopenedThink,

    /// <summary>The think block shows nothing: no character, or only white space and invisible ones.</summary>
    EmptyThink,

    /// <summary>There is a second think block.</summary>
    RepeatedThink,

    /// <summary>There is no answer block after the think block.</summary>
    MissingAnswer,

    /// <summary>An answer block is opened and not closed.</summary>
    UnclosedAnswer,

    /// <summary>An answer block is closed that was not opened.</summary>
    UnopenedAnswer,

    /// <summary>The answer block shows nothing.</summary>
    EmptyAnswer,

    /// <summary>There is a second answer block.</summary>
    RepeatedAnswer,

    /// <summary>An answer block stands before the think block.</summary>
    AnswerBeforeThink,

    /// <summary>A block is opened inside another one.</summary>
    Nested,
}

/// <summary>A completion taken apart.</summary>
/// <param name="Think">Text of the first think block, trimmed; what was written of it where it is not closed; null where there is none.</param>
/// <param name="Answer">Text of the first answer block, likewise. Found also in a completion whose form is not valid.</param>
/// <param name="Defect">The first thing that is wrong with the form.</param>
/// <param name="Explanation">The defect in words, with the place in the text; empty for a valid form.</param>
public sealed record Reasoning(string? Think, string? Answer, ReasoningDefect Defect, string Explanation)
{
    /// <summary>Exactly one think block that shows something, closed, then exactly one such answer block, only white space around them, ended by the
    /// end of sequence.</summary>
    public bool IsValid => Defect == ReasoningDefect.None;
}
