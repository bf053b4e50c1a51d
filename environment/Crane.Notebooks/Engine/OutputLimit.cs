namespace Crane.Notebooks.Engine;

/// <summary>Cuts what one cell shows: a loop that prints for ever shall fill neither memory, nor the browser, nor the file. A display that changes in place
/// counts as what it is at last, so a chart may move for hours.</summary>
internal sealed class OutputLimit
{
    /// <summary>Characters that one cell may show in all.</summary>
    public const long Most = 50L << 20;

    /// <summary>Up to this size a display goes on changing after everything else was cut: the reader wants to see how far it is.</summary>
    private const long SmallDisplay = 1L << 20;

    private readonly Dictionary<string, long> displays = [];
    private long shown;
    private bool cut;

    /// <summary>The output, its part that still fits with a note, or null. Errors always pass.</summary>
    public CellOutput? Admit(CellOutput output)
    {
        var before = shown;
        switch (output)
        {
            case StreamOutput(_, var text): shown += text.Length; break;
            case DisplayOutput(var data, var id): shown += displays[id] = Size(data); break;
            case DisplayUpdate(var data, var id) when Size(data) is var size:
                if (displays.TryGetValue(id, out var replaced) && cut)
                    return size <= SmallDisplay ? output : null;
                shown += size - replaced;
                displays[id] = size;
                break;
            case ResultOutput(var data, _): shown += Size(data); break;
            default: return output;
        }
        if (cut || shown <= Most)
            return cut ? null : output;
        cut = true;
        return output is StreamOutput stream ? stream with { Text = stream.Text[..(int)(Most - before)] + Note } : new StreamOutput("stderr", Note);
    }

    private static string Note => $"\n[the rest is cut: a cell shows at most {Most >> 20} million characters]\n";

    private static long Size(IReadOnlyDictionary<string, string> data) => data.Values.Sum(v => (long)v.Length);
}
