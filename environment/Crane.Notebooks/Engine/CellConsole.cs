using System.Text;

namespace Crane.Notebooks.Engine;

/// <summary>Sends what a cell writes to the console to that cell's outputs, and everything else where it always went. Several engines can run side
/// by side, because the cell is found through the flow of execution, not through a global.</summary>
internal sealed class CellConsole : TextWriter
{
    private static readonly Lock Gate = new();
    private static bool installed;

    private readonly string stream;
    private readonly TextWriter outside;

    private CellConsole(string stream, TextWriter outside) => (this.stream, this.outside) = (stream, outside);

    public override Encoding Encoding => Encoding.UTF8;

    public static void Install()
    {
        lock (Gate)
        {
            if (installed)
                return;
            Console.SetOut(new CellConsole("stdout", Console.Out));
            Console.SetError(new CellConsole("stderr", Console.Error));
            CellInput.Install();
            installed = true;
        }
    }

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    public override void Write(string? value)
    {
        if (string.IsNullOrEmpty(value))
            return;
        if (CellScope.Current is { } cell)
            cell.Show(new StreamOutput(stream, value));
        else
            outside.Write(value);
    }

    public override void WriteLine(string? value) => Write(value + "\n");

    public override void Flush() => outside.Flush();
}
