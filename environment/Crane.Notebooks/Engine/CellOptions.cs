namespace Crane.Notebooks.Engine;

/// <summary>How a cell is executed, where it is not as usual.</summary>
public sealed record CellOptions
{
    /// <summary>False for a cell that gets no number of its own, such as an expression that a client asks for in passing.</summary>
    public bool Counted { get; init; } = true;

    /// <summary>Answers <c>Console.ReadLine</c>: takes the token that ends the waiting, gives a line without its end. Null: nobody can be asked.</summary>
    public Func<CancellationToken, string>? ReadLine { get; init; }
}
