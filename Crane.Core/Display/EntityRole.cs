namespace Crane.Core.Display;

/// <summary>What a name in a chain of thought stands for; its colour.</summary>
public enum EntityRole
{
    /// <summary>What the picture shows, or what the model believed before the edit.</summary>
    Seen,

    /// <summary>What the edit says.</summary>
    Injected,

    /// <summary>What the chain turns down.</summary>
    Rejected,
}
