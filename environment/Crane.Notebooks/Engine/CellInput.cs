namespace Crane.Notebooks.Engine;

/// <summary>Lets <c>Console.ReadLine</c> of a cell ask whoever sits at the notebook; outside of cells it reads as it always did.</summary>
internal sealed class CellInput(TextReader outside) : TextReader
{
    private string pending = "";

    public static void Install() => Console.SetIn(new CellInput(Console.In));

    public override string? ReadLine() => CellScope.Current is { } cell ? cell.ReadLine() : outside.ReadLine();

    public override int Peek() => Fill() ? pending[0] : outside.Peek();

    public override int Read()
    {
        if (!Fill())
            return outside.Read();
        var first = pending[0];
        pending = pending[1..];
        return first;
    }

    private bool Fill()
    {
        if (pending.Length == 0 && CellScope.Current is { } cell)
            pending = cell.ReadLine() + "\n";
        return pending.Length > 0;
    }
}
