using System.Globalization;
using System.Text;
using Crane.Core.Benchmark;
using Crane.Core.Model;

namespace Crane.Core.Memory.Learning;

/// <summary>What a library does on the same queries beside so many entries about other things.</summary>
/// <param name="Others">How many.</param>
/// <param name="Row">Over all queries of the library, see <see cref="MemoryMeasure.All"/>.</param>
public sealed record GrowthRow(int Others, MemoryRow Row);

/// <summary>Measures both libraries while they grow by <see cref="OtherEntries"/>. Everything is looked up as ever, the other entries have keys and readings of
/// their own; thresholds stay those of the shipped gates.</summary>
/// <param name="learnt">The memory.</param>
/// <param name="model">The nano base.</param>
/// <param name="edits">Edits of a split; the first series of visual ones and all textual ones are in force.</param>
public sealed class LibraryGrowth(LearntMemory learnt, VisionLanguageModel model, IReadOnlyList<BenchmarkEdit> edits)
{
    private const int Batch = 256;

    private readonly BenchmarkPictures pictures = new();
    private readonly BenchmarkEdit[] seen = [.. edits.Where(e => e.Picture is not null).GroupBy(e => e.Series).MinBy(series => series.Key)!];
    private readonly BenchmarkEdit[] told = [.. edits.Where(e => e.Picture is null)];

    /// <summary>Rows of both libraries at each size.</summary>
    /// <param name="sizes">Other entries in each library, ascending.</param>
    /// <param name="seed">Of queries and entries.</param>
    /// <param name="every">One edit of so many is asked about.</param>
    /// <param name="progress">One report a size.</param>
    /// <param name="cancellationToken">Passed on.</param>
    public async Task<IReadOnlyList<GrowthRow>> MeasureAsync(IReadOnlyList<int> sizes, int seed = 5, int every = 4, IProgress<ProgressUpdate>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var about = new PictureQueries(NanoWorld.Load(), seed);
        PictureQuery[] shown = [.. seen.SelectMany((edit, i) => i % every == 0 ? about.About(edit, i, clear: 2, degraded: 2) : [])];
        Probe[] asked = [.. told.Where((_, i) => i % every == 0).SelectMany(MemoryMeasure.Questions)];
        MemoryQuestion[] looks = [.. shown.Select(q => new MemoryQuestion(q.Question, pictures.Load(q.Picture)))];
        MemoryQuestion[] words = [.. asked.Select(p => new MemoryQuestion(p.Question, p.Picture is null ? null : pictures.Load(p.Picture)))];
        var readings = new KnownReadings(model);   // what the model says does not depend on the library
        await readings.PrepareAsync(looks.Concat(words).Select(q => new ReadingRequest(q.Text, q.Picture)), cancellationToken);
        EditMemory Memory() => new(new EditLibrary(), learnt.Net, QwenEncoders.Texts(model), GateExamples.Closed, readings.ReadAsync);
        var (visual, textual) = (Memory(), Memory());
        await BenchmarkEntries.AddAsync(visual, seen, pictures, cancellationToken);
        await BenchmarkEntries.AddAsync(textual, told, pictures, cancellationToken);
        var flags = new Queue<(EditEntry, Vision.Picture?)>(OtherEntries.Flags(sizes.Max(), seen[0].Question, seed));
        var facts = new Queue<(EditEntry, Vision.Picture?)>(OtherEntries.Facts(sizes.Max(), [.. told.Select(e => e.Subject).Distinct()], seed));
        var (rows, held) = (new List<GrowthRow>(), 0);
        foreach (var size in sizes)
        {
            progress?.Report(new("library size", rows.Count, sizes.Count, $"{size:N0} other entries"));
            for (; held < size; held += Math.Min(Batch, size - held))
                foreach (var (memory, more) in new[] { (visual, flags), (textual, facts) })
                    await memory.AddAsync([.. Enumerable.Range(0, Math.Min(Batch, size - held)).Select(_ => more.Dequeue())], cancellationToken);
            IReadOnlyList<LabelledQuery> found = [.. GateExamples.Seen(seen, shown, await visual.LookUpAsync(looks, cancellationToken)),
                .. GateExamples.Said(told, asked, await textual.LookUpAsync(words, cancellationToken))];
            rows.AddRange(MemoryMeasure.Rows(learnt, found).Where(row => row.Kind == MemoryMeasure.All).Select(row => new GrowthRow(size, row)));
        }
        return rows;
    }

    /// <summary>Rows as a table of the card.</summary>
    public static string Markdown(IEnumerable<GrowthRow> rows)
    {
        var text = new StringBuilder("| library | other entries | n | recall@1, % | brought, % | wrong, % | false, % | of |\n")
            .Append("|---|---:|---:|---:|---:|---:|---:|---:|\n");
        foreach (var (others, r) in rows.OrderByDescending(r => r.Row.Library is Modality.Visual).ThenBy(r => r.Others))
            text.Append(CultureInfo.InvariantCulture, $"| {r.Library.ToString().ToLowerInvariant()} | {others:N0} | {r.First.Trials} | {r.First} | ")
                .Append(CultureInfo.InvariantCulture, $"{r.Brought} | {100 * r.Wrong.Mean:f1} | {r.False} | {r.False.Trials} |\n");
        return text.ToString();
    }
}
