using System.Globalization;
using System.Text;
using Crane.Core.Benchmark;
using Crane.Core.Evaluation.Statistics;
using Crane.Core.Model;

namespace Crane.Core.Memory.Learning;

/// <summary>How one library did on the queries of one kind; intervals are clustered by what the queries are about.</summary>
/// <param name="Library">Which.</param>
/// <param name="Kind">Of the queries.</param>
/// <param name="First">Of the queries to which an entry applies: it scores highest (recall@1).</param>
/// <param name="ByCosine">The same by the vectors alone.</param>
/// <param name="Brought">The gate brings it.</param>
/// <param name="Wrong">The gate brings another one.</param>
/// <param name="False">Of the queries to which nothing applies, each of the others without its entry among them: something is brought.</param>
public sealed record MemoryRow(Modality Library, string Kind, ClusteredShare First, ClusteredShare ByCosine, ClusteredShare Brought, ClusteredShare Wrong,
    ClusteredShare False);

/// <summary>Measures a learnt memory on edits that it has not learnt from: the numbers of its card.</summary>
public static class MemoryMeasure
{
    /// <summary>Kind of the row over all queries of a library but those about drawings that show another flag.</summary>
    public const string All = "all";

    /// <summary>Asks both libraries about edits, gates closed, so that all candidates are recorded. Visual edits of a series are in force together, and all
    /// textual ones.</summary>
    /// <param name="learnt">The memory.</param>
    /// <param name="model">The nano base.</param>
    /// <param name="edits">Of a split.</param>
    /// <param name="seed">Of the queries.</param>
    /// <param name="every">One textual edit of so many lends its questions.</param>
    /// <param name="cancellationToken">Passed on.</param>
    public static async Task<IReadOnlyList<LabelledQuery>> QueriesAsync(LearntMemory learnt, VisionLanguageModel model, IReadOnlyList<BenchmarkEdit> edits,
        int seed = 5, int every = 4,
        CancellationToken cancellationToken = default)
    {
        var (pictures, about, queries) = (new BenchmarkPictures(), new PictureQueries(NanoWorld.Load(), seed), new List<LabelledQuery>());
        foreach (var series in edits.Where(e => e.Picture is not null).GroupBy(e => e.Series))
        {
            var memory = learnt.Over(new EditLibrary(), model, GateExamples.Closed);
            await BenchmarkEntries.AddAsync(memory, series, pictures, cancellationToken);
            queries.AddRange(await GateExamples.VisualAsync(memory, [.. series], [.. series.SelectMany((edit, i) => about.About(edit, i))], pictures,
                cancellationToken));
        }
        BenchmarkEdit[] told = [.. edits.Where(e => e.Picture is null)];
        var words = learnt.Over(new EditLibrary(), model, GateExamples.Closed);
        await BenchmarkEntries.AddAsync(words, told, pictures, cancellationToken);
        Probe[] probes = [.. told.Where((_, i) => i % every == 0).SelectMany(Questions)];
        queries.AddRange(await GateExamples.TextualAsync(words, told, probes, pictures, cancellationToken));
        return queries;
    }

    /// <summary>Asks the textual library about textual edits and about facts for which the model has no words, all of them in force together.</summary>
    /// <param name="learnt">The memory.</param>
    /// <param name="model">The nano base.</param>
    /// <param name="split">Name of the split.</param>
    /// <param name="edits">Its edits.</param>
    /// <param name="count">How many such facts.</param>
    /// <param name="seed">Of facts and questions.</param>
    /// <param name="every">One textual edit of so many lends its questions.</param>
    /// <param name="cancellationToken">Passed on.</param>
    public static async Task<IReadOnlyList<LabelledQuery>> UntaughtAsync(LearntMemory learnt, VisionLanguageModel model, string split,
        IReadOnlyList<BenchmarkEdit> edits, int count = 200, int seed = 5, int every = 4, CancellationToken cancellationToken = default)
    {
        var (pictures, untaught) = (new BenchmarkPictures(), new UntaughtFacts(NanoWorld.Load(), split, edits, count, seed));
        BenchmarkEdit[] told = [.. edits.Where(e => e.Picture is null)];
        var memory = learnt.Over(new EditLibrary(), model, GateExamples.Closed);
        await BenchmarkEntries.AddAsync(memory, [.. told, .. untaught.Edits], pictures, cancellationToken);
        Probe[] probes = [.. told.Where((_, i) => i % every == 0).SelectMany(Questions)];
        return [.. await GateExamples.TextualAsync(memory, told, probes, pictures, cancellationToken),
            .. await GateExamples.UntaughtAsync(memory, untaught.Questions, pictures, cancellationToken)];
    }

    /// <summary>Probes of an edit that ask the textual library alone, or begin with it.</summary>
    internal static IEnumerable<Probe> Questions(BenchmarkEdit edit) => edit.Probes.Where(p => p.EditIds.Length == 1
        && p.Level is not (ProbeLevels.LocalityImage or ProbeLevels.LocalityImageHard));

    /// <summary>A row a kind of query, and one over all of each library.</summary>
    public static IReadOnlyList<MemoryRow> Rows(LearntMemory learnt, IReadOnlyList<LabelledQuery> queries) =>
        [.. queries.GroupBy(q => q.Modality).OrderByDescending(library => library.Key is Modality.Visual)
            .SelectMany(library => library.GroupBy(q => q.Kind).OrderBy(kind => kind.Key, StringComparer.Ordinal)
            .Select(kind => (kind.Key, Of: kind.ToList())).Append((All, [.. library.Where(q => q.Kind != PictureQueries.Borrowed)]))
            .Select(kind => Row(library.Key, kind.Item1, kind.Item2, (library.Key is Modality.Visual ? learnt.Visual : learnt.Textual).Gate())))];

    /// <summary>Rows as a table of the card.</summary>
    public static string Markdown(IEnumerable<MemoryRow> rows)
    {
        var text = new StringBuilder("| library | query | n | recall@1, % | by cosine alone, % | brought, % | wrong, % | false, % | of |\n|---|---|---:|---:|---:|---:|---:|---:|---:|\n");
        foreach (var r in rows)
            text.Append(CultureInfo.InvariantCulture, $"| {r.Library.ToString().ToLowerInvariant()} | {r.Kind} | {r.First.Trials} | {r.First} | {100 * r.ByCosine.Mean:f1} | {r.Brought} | {100 * r.Wrong.Mean:f1} | {r.False} | {r.False.Trials} |\n");
        return text.ToString();
    }

    private static MemoryRow Row(Modality library, string kind, IReadOnlyList<LabelledQuery> queries, Gate gate)
    {
        var matched = queries.Where(q => q.Example.Right is not null).Select(q => (q.Group, q.Example, Brought: gate.Decide(q.Example.Candidates).Entry?.Id))
            .ToList();
        var unmatched = queries.Select(q => (q.Group, Example: q.Example.Right is null ? q.Example : GateExamples.WithoutRight(q.Example))).ToList();
        return new(library, kind,
            ClusteredShare.Of([.. matched.Select(m => (LibraryScore.Rank(m.Example, gate.Scorer) == 0, m.Group))]),
            ClusteredShare.Of([.. matched.Select(m => (LibraryScore.Rank(m.Example, Gate.Cosine) == 0, m.Group))]),
            ClusteredShare.Of([.. matched.Select(m => (m.Brought == m.Example.Right, m.Group))]),
            ClusteredShare.Of([.. matched.Select(m => (m.Brought is not null && m.Brought != m.Example.Right, m.Group))]),
            ClusteredShare.Of([.. unmatched.Select(u => (gate.Decide(u.Example.Candidates).Entry is not null, u.Group))]));
    }
}
