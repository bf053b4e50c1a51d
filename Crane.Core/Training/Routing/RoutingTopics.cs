namespace Crane.Core.Training.Routing;

/// <summary>What routing lessons ask about.</summary>
[Flags]
public enum RoutingTopics
{
    /// <summary>Pictures of flags.</summary>
    Flags = 1,

    /// <summary>Photographs of landmarks.</summary>
    Landmarks = 2,

    /// <summary>Questions in words.</summary>
    Text = 4,

    /// <summary>Everything.</summary>
    All = Flags | Landmarks | Text,
}
