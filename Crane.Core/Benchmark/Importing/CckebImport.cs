namespace Crane.Core.Benchmark.Importing;

/// <summary>Reads CCKEB (MemEIC 2025): VLKEB's records, each with a textual edit about the entity that the picture now shows. A record gives two edits; the
/// portability questions of the
/// textual edit, asked with the picture, need both.</summary>
public static class CckebImport
{
    /// <summary>Reads a file, the visual and then the textual edit of each record.</summary>
    /// <param name="path">A JSON list.</param>
    /// <param name="settings">Where the pictures lie.</param>
    /// <param name="cancellationToken">Checked at every record.</param>
    /// <exception cref="FileNotFoundException">The file, or a picture, is missing.</exception>
    /// <exception cref="InvalidDataException">A record is damaged; the message names its number and field.</exception>
    public static IAsyncEnumerable<BenchmarkEdit> Read(string path, ImportSettings settings, CancellationToken cancellationToken = default) =>
        ImportRecord.Edits(path, settings, (record, number) => Edits(record, $"cckeb-{number:00000}", settings), cancellationToken);

    private static IEnumerable<BenchmarkEdit> Edits(ImportRecord record, string id, ImportSettings settings)
    {
        if (VlkebImport.Edit(record, settings, "cckeb", id + "-visual") is not { } visual) yield break;
        var textual = Textual(record.Object("textual_edit"), settings, id + "-textual");
        var composed = new ImportedProbes("cckeb", visual.Id + "/both", settings);
        foreach (var port in record.Object("textual_edit").Objects("port_new"))
            if (port.Object("Q&A") is var asked)
                composed.Edited(ProbeLevels.Composition, "textual_edit.port_new", visual.Picture, Question(asked), asked.Text("Answer"), null,
                    [visual.Target, textual.Target, asked.Text("Answer")]);
        yield return VlkebImport.Checked(visual with { PartnerOf = textual.Id,
            Probes = [.. visual.Probes, .. composed.All.Select(probe => probe with { EditIds = [visual.Id, textual.Id] })] }, record);
        yield return VlkebImport.Checked(textual, record);
    }

    private static BenchmarkEdit Textual(ImportRecord record, ImportSettings settings, string id)
    {
        var (question, target, old) = (record.Text("src"), record.Text("alt"), record.TextOrEmpty("pred"));
        var probes = new ImportedProbes("cckeb", id, settings);
        probes.Edited(ProbeLevels.Exact, "textual_edit.src", null, question, target, old);
        if (record.Has("rephrase")) probes.Edited(ProbeLevels.RephraseText, "textual_edit.rephrase", null, record.Text("rephrase"), target, old);
        if (record.Has("loc")) probes.Locality(ProbeLevels.LocalityText, "textual_edit.loc", null, record.Text("loc"), record.Text("loc_ans"));
        return new()
        {
            Id = id, Modality = Modality.Textual, Kind = "cckeb", Subject = old.Length > 0 ? old : question, Question = question, OldAnswer = old,
                Target = target, Injected = target,
            Statement = ImportedStatement.Of(question, target, old, pictured: false), Probes = probes.All,
        };
    }

    /// <summary>The question; where only the retrieval query is given ("Image Level: …", "Text Level: …"), its textual part.</summary>
    private static string Question(ImportRecord asked)
    {
        if (asked.Has("Question")) return asked.Text("Question");
        const string Level = "Text Level:";
        var query = asked.Text("Query");
        return query.IndexOf(Level, StringComparison.Ordinal) is >= 0 and var at ? query[(at + Level.Length)..].Trim()
            : throw new InvalidDataException($"{asked.Where}: there is no 'Question', and 'Query' has no \"{Level}\"; found '{query}'.");
    }
}
