namespace Crane.Core.Benchmark.Importing;

/// <summary>Reads MMKE-Bench (Du et al. 2025): entity, visual-semantic and user-specific files. Beside the fields of VLKEB a record has questions about the new
/// knowledge, in words
/// (<c>rel…</c>) and with a picture (<c>m_rel…</c>).</summary>
public static class MmkeImport
{
    /// <summary>Reads a file, an edit a record.</summary>
    /// <param name="path">A JSON list.</param>
    /// <param name="settings">Where the pictures lie.</param>
    /// <param name="cancellationToken">Checked at every record.</param>
    /// <exception cref="FileNotFoundException">The file, or a picture, is missing.</exception>
    /// <exception cref="InvalidDataException">A record is damaged or of an unknown <c>knowledge_type</c>; the message names its number and field.</exception>
    public static IAsyncEnumerable<BenchmarkEdit> Read(string path, ImportSettings settings, CancellationToken cancellationToken = default) =>
        ImportRecord.Edits(path, settings, (record, number) => Edits(record, number, settings), cancellationToken);

    private static IEnumerable<BenchmarkEdit> Edits(ImportRecord record, int number, ImportSettings settings)
    {
        var (kind, suffixes) = Kind(record);
        var id = $"mmke-{kind}-{number:00000}";
        if (VlkebImport.Edit(record, settings, $"mmke-{kind}", id) is not { } edit) yield break;
        var probes = new ImportedProbes($"mmke-{kind}", id + "/rel", settings);
        var scene = record.Has("one_hop_img") ? settings.Picture(record, "one_hop_img") : edit.Picture;
        foreach (var suffix in suffixes)
        {
            if (record.Has("rel" + suffix)) probes.Edited(ProbeLevels.Reasoning, "rel" + suffix, null, record.Text("rel" + suffix),
                Answer(record, "rel", suffix));
            if (record.Has("m_rel" + suffix)) probes.Edited(ProbeLevels.Reasoning, "m_rel" + suffix, edit.Picture, record.Text("m_rel" + suffix),
                Answer(record, "m_rel", suffix));
        }
        // Portability of visual and user files is asked about a picture of its own.
        Probe[] own = [.. edit.Probes.Select(probe => scene is not null && probe.Form.Contains("/port_new/", StringComparison.Ordinal)
            ? probe with { Picture = scene } : probe)];
        yield return VlkebImport.Checked(edit with { Probes = [.. own, .. probes.All.Select(probe => probe with { EditIds = [id] })] }, record);
    }

    private static (string Kind, string[] Suffixes) Kind(ImportRecord record) => record.Text("knowledge_type") switch
    {
        "entity_level" => ("entity", ["_1", "_2"]),
        "user_specific" => ("user", ["_1", "_2"]),
        var type when type.Contains("visual_knowledge", StringComparison.Ordinal) => ("visual", [""]),
        var other => throw new InvalidDataException($"{record.Where}: field 'knowledge_type' must be entity_level, visual_knowledge or user_specific, found '{other}'."),
    };

    /// <summary>Both spellings occur: rel_ans_1 and rel_1_ans.</summary>
    private static string Answer(ImportRecord record, string field, string suffix) => record.Text($"{field}_ans{suffix}", $"{field}{suffix}_ans");
}
