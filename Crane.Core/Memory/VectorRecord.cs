namespace Crane.Core.Memory;

/// <summary>An item of an index as a row of a Microsoft.Extensions.VectorData collection.</summary>
public sealed class VectorRecord
{
    /// <summary>The item's id, the row's key.</summary>
    public required string Id { get; set; }

    /// <summary>Breaks ties: rows added earlier have smaller numbers.</summary>
    public long Order { get; set; }

    /// <summary>Name of a <see cref="Memory.Modality"/>.</summary>
    public required string Modality { get; set; }

    /// <summary>Name of an <see cref="EntryState"/>.</summary>
    public required string State { get; set; }

    /// <summary>Ticks in UTC.</summary>
    public long Time { get; set; }

    /// <summary>The vector as it was given, not normalised.</summary>
    public ReadOnlyMemory<float> Vector { get; set; }
}
