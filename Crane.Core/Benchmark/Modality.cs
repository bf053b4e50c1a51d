namespace Crane.Core.Benchmark;

/// <summary>What carries a piece of knowledge.</summary>
public enum Modality
{
    /// <summary>A picture.</summary>
    Visual,

    /// <summary>Words alone.</summary>
    Textual,
}
