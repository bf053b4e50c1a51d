namespace Crane.Core.Benchmark.Importing;

/// <summary>A benchmark of somebody else's, read from a folder whose form is found out file by file.</summary>
/// <param name="Edits">The edits that can be run; ids are unique.</param>
/// <param name="Pictures">Loads their pictures.</param>
/// <param name="Files">Each file that was used, with what it was taken for and how many edits it gave.</param>
/// <param name="LeftOut">What was left out and why, a line each.</param>
public sealed record BenchmarkFolder(IReadOnlyList<BenchmarkEdit> Edits, BenchmarkPictures Pictures, IReadOnlyList<string> Files, IReadOnlyList<string> LeftOut)
{
    private const int SampledRecords = 40;

    private static readonly string[] PictureFields = ["image", "image_rephrase", "m_loc", "one_hop_img"];

    /// <summary>Reads a folder, its subfolders included, or one file. VLKEB, MMEdit, MMKE-Bench, CCKEB, MMEVOKE, MQuAKE-CF and the kit's own form are known by
    /// their fields. Records that are
    /// damaged and pictures that are missing or cannot be decoded are left out.</summary>
    /// <param name="path">A folder, or a .json or .jsonl file.</param>
    /// <param name="nanoSize">Whether pictures are brought to the size that the nano model was trained on.</param>
    /// <param name="cancellationToken">Checked at every record.</param>
    /// <exception cref="DirectoryNotFoundException">There is nothing at the path.</exception>
    /// <exception cref="InvalidDataException">No file holds an edit; the message says what was found.</exception>
    public static async Task<BenchmarkFolder> Load(string path, bool nanoSize, CancellationToken cancellationToken = default)
    {
        if (!Directory.Exists(path) && !File.Exists(path))
            throw new DirectoryNotFoundException($"There is no folder or file '{path}'; give one with .json or .jsonl files of a benchmark.");
        var root = File.Exists(path) ? Path.GetDirectoryName(Path.GetFullPath(path))! : Path.GetFullPath(path);
        string[] files = File.Exists(path) ? [Path.GetFullPath(path)]
            : [.. Directory.EnumerateFiles(root, "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 6 })
            .Where(file => Path.GetExtension(file).ToLowerInvariant() is ".json" or ".jsonl").Order(StringComparer.Ordinal)];
        var (used, left) = (new List<string>(), new List<string>());
        var sniffed = new List<Sniffed>();
        foreach (var file in files)
            if (await Sniff(file, root, left, cancellationToken) is { } known) sniffed.Add(known);
        var edits = new List<BenchmarkEdit>();
        foreach (var file in sniffed.Where(file => file.Form != "evoke-injection"))
        {
            var read = await Read(file, sniffed.FirstOrDefault(other => other.Form == "evoke-injection")?.Path, root, left, cancellationToken);
            used.Add($"{Path.GetRelativePath(root, file.Path)}: {file.Form}, {read.Count} edits");
            edits.AddRange(read);
        }
        var world = sniffed.Exists(file => file.Form == "crane")
            && edits.TrueForAll(edit => Shown(edit).All(picture => !File.Exists(Path.Combine(root, picture.File))));
        var pictures = world ? new BenchmarkPictures() : new BenchmarkPictures(root, nanoSize);
        var runnable = Unique(Decodable(edits, pictures, left), left);
        return runnable.Count > 0 ? new(runnable, pictures, used, left) : throw new InvalidDataException(
            $"{path}: none of {files.Length} .json and .jsonl files gave an edit. Known forms: VLKEB and MMEdit (src, alt, image), MMKE-Bench (knowledge_type), CCKEB (textual_edit), MMEVOKE "
            + $"(question_id, text, answer, image), MQuAKE-CF (requested_rewrite), the kit's own (statement, probes).{string.Concat(left.Take(8).Select(line => $"{Environment.NewLine}  {line}"))}");
    }

    private static async Task<Sniffed?> Sniff(string file, string root, List<string> left, CancellationToken cancellationToken)
    {
        var records = new List<ImportRecord>();
        try
        {
            await foreach (var record in ImportRecord.Read(file, cancellationToken))
            {
                records.Add(record);
                if (records.Count == SampledRecords) break;
            }
        }
        catch (InvalidDataException e) { left.Add(e.Message); }
        if (records.Count == 0) return null;
        var form = records.Select(Form).FirstOrDefault(form => form is not null);
        if (form is null)
            left.Add($"{Path.GetRelativePath(root, file)}: of no known form; its first record has the fields {string.Join(", ", records[0].Fields.Take(12))}.");
        return form is null ? null : new(file, form, PictureRoot(records, file, root));
    }

    private static string? Form(ImportRecord record)
    {
        bool Has(params ReadOnlySpan<string> fields)
        {
            foreach (var field in fields)
                if (!record.Has(field)) return false;
            return true;
        }
        return Has("statement", "probes") ? "crane" : Has("requested_rewrite") ? "mquake" : Has("conversations") && !record.Has("question_id")
            ? "evoke-injection"
            : Has("question_id", "text", "answer") ? "mmevoke" : Has("textual_edit") ? "cckeb" : Has("knowledge_type") ? "mmke" : Has("src", "alt", "image")
                ? "vlkeb" : null;
    }

    /// <summary>The folder that most of the sampled picture paths are relative to: the file's own, the root, or one below it.</summary>
    private static string PictureRoot(List<ImportRecord> records, string file, string root)
    {
        string[] named = [.. records.SelectMany(record => PictureFields.Where(record.Has).Select(field => Plain(record, field))).OfType<string>().Distinct()
            .Take(SampledRecords)];
        if (named.Length == 0) return root;
        var below = Directory.EnumerateDirectories(root, "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 4 });
        return ((string[])[Path.GetDirectoryName(file)!, root, .. below.Order(StringComparer.Ordinal)])
            .MaxBy(folder => named.Count(name => File.Exists(Path.Combine(folder, name))))!;
    }

    private static string? Plain(ImportRecord record, string field)
    {
        try { return ImportSettings.Relative(record.Text(field)); }
        catch (InvalidDataException) { return null; }
    }

    private static async Task<List<BenchmarkEdit>> Read(Sniffed file, string? injection, string root, List<string> left, CancellationToken cancellationToken)
    {
        if (file.Form == "crane") return [.. BenchmarkFile.Read(file.Path)];
        var settings = new ImportSettings { Pictures = file.PictureRoot, SkipMissingPictures = true, SkipDamagedRecords = true, Skipped = left.Add };
        var edits = file.Form switch
        {
            "mquake" => MquakeImport.Read(file.Path, settings, cancellationToken),
            "mmevoke" => EvokeImport.Read(file.Path, injection, settings, cancellationToken),
            "cckeb" => CckebImport.Read(file.Path, settings, cancellationToken),
            "mmke" => MmkeImport.Read(file.Path, settings, cancellationToken),
            _ => VlkebImport.Read(file.Path, settings, MmeditSet(file.Path), cancellationToken),
        };
        var read = new List<BenchmarkEdit>();
        var prefix = Path.GetRelativePath(root, file.PictureRoot).Replace('\\', '/');
        try
        {
            await foreach (var edit in edits) read.Add(prefix == "." ? edit : Below(edit, prefix));
        }
        catch (InvalidDataException e) { left.Add($"{e.Message} The records before it are used."); }
        return read;
    }

    private static string MmeditSet(string path) => Path.GetFileName(path) is var name && name.StartsWith("caption", StringComparison.Ordinal) ? "e-ic"
        : name.StartsWith("vqa", StringComparison.Ordinal) ? "e-vqa" : "vlkeb";

    private static BenchmarkEdit Below(BenchmarkEdit edit, string prefix)
    {
        PictureRef? Moved(PictureRef? picture) => picture is null ? null : picture with { File = $"{prefix}/{picture.File}" };
        return edit with { Picture = Moved(edit.Picture), Probes = [.. edit.Probes.Select(probe => probe with { Picture = Moved(probe.Picture) })] };
    }

    private static IEnumerable<PictureRef> Shown(BenchmarkEdit edit) => edit.Probes.Select(probe => probe.Picture).Append(edit.Picture).OfType<PictureRef>();

    /// <summary>Without probes, and edits, whose picture cannot be decoded.</summary>
    private static List<BenchmarkEdit> Decodable(List<BenchmarkEdit> edits, BenchmarkPictures pictures, List<string> left)
    {
        var broken = new HashSet<string>();
        foreach (var picture in edits.SelectMany(Shown).DistinctBy(picture => picture.File))
            try { pictures.Load(picture); }
            catch (Exception e) when (e is InvalidDataException or FileNotFoundException)
            {
                broken.Add(picture.File);
                left.Add($"{picture.File}: {e.Message}");
            }
        bool Fine(PictureRef? picture) => picture is null || !broken.Contains(picture.File);
        return [.. edits.Where(edit => Fine(edit.Picture)).Select(edit => edit with { Probes = [.. edit.Probes.Where(probe => Fine(probe.Picture))] })
            .Where(edit => edit.Probes.Length > 0)];
    }

    /// <summary>Edits of several files may have one id, and may name partners that were left out.</summary>
    private static IReadOnlyList<BenchmarkEdit> Unique(List<BenchmarkEdit> edits, List<string> left)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var once = new List<BenchmarkEdit>();
        foreach (var edit in edits)
            if (ids.Add(edit.Id)) once.Add(edit);
            else left.Add($"edit '{edit.Id}' stands a second time.");
        var probes = new HashSet<string>(StringComparer.Ordinal);
        return [.. once.Select(edit => edit with { Probes = [.. edit.Probes.Where(probe => probe.EditIds.All(ids.Contains) && probes.Add(probe.Id))] })
            .Where(edit => edit.Probes.Length > 0)];
    }

    private sealed record Sniffed(string Path, string Form, string PictureRoot);
}
