namespace Crane.Core.Benchmark.Importing;

/// <summary>Reads VLKEB (Huang et al. 2024: <c>train.json</c>, <c>eval.json</c>, <c>eval_multihop.json</c>, <c>eval_edit_onehop.json</c>) and MMEdit's E-VQA
/// and E-IC (Cheng et al. 2023:
/// <c>vqa_*.json</c>, <c>caption_*_edit.json</c>), whose records have the same fields.</summary>
public static class VlkebImport
{
    /// <summary>Reads a file, an edit a record.</summary>
    /// <param name="path">A JSON list.</param>
    /// <param name="settings">Where the pictures lie.</param>
    /// <param name="set">Begins the ids: vlkeb, e-vqa or e-ic.</param>
    /// <param name="cancellationToken">Checked at every record.</param>
    /// <exception cref="FileNotFoundException">The file, or a picture, is missing.</exception>
    /// <exception cref="InvalidDataException">A record is damaged; the message names its number and field.</exception>
    public static IAsyncEnumerable<BenchmarkEdit> Read(string path, ImportSettings settings, string set = "vlkeb", CancellationToken cancellationToken =
        default) =>
        ImportRecord.Edits(path, settings, (record, number) => Edit(record, settings, set, $"{set}-{number:00000}") is { } edit ? [edit]
            : [], cancellationToken);

    /// <summary>The visual edit of a record; null where it is left out.</summary>
    internal static BenchmarkEdit? Edit(ImportRecord record, ImportSettings settings, string set, string id)
    {
        if (!record.Has("alt"))   // a few records of the published files; EasyEdit leaves them out too
        {
            settings.Skipped?.Invoke($"{record.Where}: field 'alt' is empty: there is nothing to edit.");
            return null;
        }
        if (settings.Picture(record, "image") is not { } picture) return null;
        var (question, target, old) = (record.Text("src"), record.Text("alt"), record.TextOrEmpty("pred"));
        var probes = new ImportedProbes(set, id, settings);
        probes.Edited(ProbeLevels.Exact, "src", picture, question, target, old);
        if (record.Has("rephrase")) probes.Edited(ProbeLevels.RephraseText, "rephrase", picture, record.Text("rephrase"), target, old);
        if (record.Has("image_rephrase") && settings.Picture(record, "image_rephrase") is { } other)
        {
            probes.Edited(ProbeLevels.RephraseImage, "image_rephrase", other, record.Has("image_rephrase_question") ? record.Text("image_rephrase_question")
                : question, target, old);
            if (record.Has("rephrase")) probes.Edited(ProbeLevels.RephraseBoth, "rephrase+image_rephrase", other, record.Text("rephrase"), target, old);
        }
        probes.Localities(record);
        probes.Portability(record, picture, target);
        OneHop(record, probes, picture, target);
        return Checked(new()
        {
            Id = id, Modality = Modality.Visual, Kind = set, Subject = old.Length > 0 ? old : question, Picture = picture, Question = question,
                OldAnswer = old, Target = target, Injected = target,
            Statement = ImportedStatement.Of(question, target, old, pictured: true), Probes = probes.All,
        }, record);
    }

    /// <summary>The edit, checked as one that was read from a benchmark file.</summary>
    internal static BenchmarkEdit Checked(BenchmarkEdit edit, ImportRecord record)
    {
        BenchmarkCheck.Edit(edit, record.Where);
        return edit;
    }

    /// <summary><c>eval_edit_onehop.json</c>: the portability question beside the record's other strings, before (port_a) and after (port_edit_a) a further
    /// edit of its answer. Only the
    /// picture is edited here, so the first is right.</summary>
    private static void OneHop(ImportRecord record, ImportedProbes probes, PictureRef picture, string target)
    {
        if (record.Has("port_q") && record.Has("port_a"))
            probes.Edited(ProbeLevels.MultiHop(1), "port_q", picture, record.Text("port_q"), record.Text("port_a"), null, [target, record.Text("port_a")]);
    }
}
