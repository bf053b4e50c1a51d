namespace Crane.Notebooks.Engine;

/// <summary>Cuts what one cell shows: a loop that prints for ever shall fill neither memory, nor the browser, nor the file.</summary>
internal sealed class OutputLimit
{
    /// <summary>Characters that one cell may show in all.</summary>
    public const long Most = 50L << 20;

    private long shown;

    /// <summary>The output, its part that still fits with a note, or null. Errors always pass.</summary>
    public CellOutput? Admit(CellOutput output)
    {
        var size = output switch
        {
            StreamOutput(_, var text) => text.Length,
            DisplayOutput(var data, _) => Size(data),
            DisplayUpdate(var data, _) => Size(data),
            ResultOutput(var data, _) => Size(data),
            _ => 0L,
        };
        if (size == 0)
            return output;
        var before = shown;
        shown += size;
        return shown <= Most ? output
            : before > Most ? null
            : output is StreamOutput stream ? stream with { Text = stream.Text[..(int)(Most - before)] + Note }
            : new StreamOutput("stderr", Note);
    }

    private static string Note => $"\n[the rest is cut: a cell shows at most {Most >> 20} million characters]\n";

    private static long Size(IReadOnlyDictionary<string, string> data) => data.Values.Sum(v => (long)v.Length);
}
