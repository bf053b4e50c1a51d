namespace Crane.Core.Benchmark.Importing;

/// <summary>Reads MQuAKE-CF (Zhong et al. 2023): one or more counterfactual edits a case, and multi-hop questions whose answers they change.</summary>
public static class MquakeImport
{
    /// <summary>Reads a file, an edit for each requested rewrite. The first edit of a case holds its questions, which need all of them.</summary>
    /// <param name="path">A JSON list.</param>
    /// <param name="settings">What becomes of damaged records; null: an error.</param>
    /// <param name="cancellationToken">Checked at every record.</param>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    /// <exception cref="InvalidDataException">A record is damaged; the message names its number and field.</exception>
    public static IAsyncEnumerable<BenchmarkEdit> Read(string path, ImportSettings? settings = null, CancellationToken cancellationToken = default) =>
        ImportRecord.Edits(path, settings ?? new() { Pictures = "" }, (record, _) => Edits(record), cancellationToken);

    private static IEnumerable<BenchmarkEdit> Edits(ImportRecord record)
    {
        var id = $"mquake-{record.Text("case_id")}";
        var rewrites = record.Objects("requested_rewrite");
        if (rewrites.Count == 0) throw new InvalidDataException($"{record.Where}: field 'requested_rewrite' is missing or empty.");
        string[] ids = [.. rewrites.Select((_, i) => $"{id}-{i + 1}")];
        return rewrites.Select((rewrite, i) => VlkebImport.Checked(Edit(record, rewrite, ids[i], i == 0 ? ids[1..] : null), record));
    }

    /// <param name="record">The case.</param>
    /// <param name="rewrite">What is edited.</param>
    /// <param name="id">Of the edit.</param>
    /// <param name="others">The other edits of the case where this one holds its questions; null where it does not.</param>
    private static BenchmarkEdit Edit(ImportRecord record, ImportRecord rewrite, string id, string[]? others)
    {
        var (subject, target, old) = (rewrite.Text("subject"), rewrite.Object("target_new").Text("str"), rewrite.Object("target_true").Text("str"));
        var cloze = rewrite.Text("prompt").Replace("{}", subject, StringComparison.Ordinal);
        var question = rewrite.Has("question") ? rewrite.Text("question") : cloze;
        var probes = new ImportedProbes("mquake", id, new() { Pictures = "" });
        probes.Edited(ProbeLevels.Exact, "requested_rewrite", null, question, target, old);
        if (question != cloze) probes.Edited(ProbeLevels.RephraseText, "requested_rewrite.prompt", null, cloze, target, old);
        if (others is not null) Questions(record, probes, others);
        return new()
        {
            Id = id, Modality = Modality.Textual, Kind = "mquake", Subject = subject, Question = question, OldAnswer = old, Target = target, Injected = target,
                Statement = ImportedStatement.SubjectOf(question) is not null ? ImportedStatement.Of(question, target, old, pictured: false)
                : $"{Inside(cloze)}{(cloze.EndsWith(" is", StringComparison.Ordinal) ? " now" : "")} {target}",
            Probes = probes.All,
        };
    }

    /// <summary>A sentence as it stands inside another.</summary>
    private static string Inside(string cloze) => cloze.StartsWith("The ", StringComparison.Ordinal) ? "the" + cloze[3..] : cloze;

    private static void Questions(ImportRecord record, ImportedProbes probes, string[] others)
    {
        string[] chain = [.. record.Objects("new_single_hops").Select(hop => hop.Text("answer"))];
        if (chain.Length == 0) throw new InvalidDataException($"{record.Where}: field 'new_single_hops' is missing or empty.");
        var answer = record.Text("new_answer");
        var level = chain.Length == 1 ? ProbeLevels.RephraseText : ProbeLevels.MultiHop(Math.Min(chain.Length - 1, 4));
        foreach (var question in record.Texts("questions"))
            probes.Edited(level, "questions", null, question, answer, record.TextOrEmpty("answer"), chain, record.Has("new_answer_alias")
                ? record.Texts("new_answer_alias") : [], others);
    }
}
