using Crane.Core.Benchmark;

namespace Crane.Core.Memory.Learning;

/// <summary>A query of a benchmark with what a library gave for it.</summary>
/// <param name="Modality">Which library was asked.</param>
/// <param name="Group">What the query is about; examples of one group are never parted.</param>
/// <param name="Kind">Of the query, for tables: <c>flag known clean</c>, <c>exact</c> ….</param>
/// <param name="Example">Candidates and truth.</param>
public sealed record LabelledQuery(Modality Modality, string Group, string Kind, GateExample Example);

/// <summary>Makes examples for scorers and gates from what an open-eyed look-up finds.</summary>
public static class GateExamples
{
    /// <summary>A gate that lets nothing through: what the libraries say is recorded, and the chain stays the model's own.</summary>
    public static MemoryOptions Closed { get; } = new(new(Gate.Cosine, double.PositiveInfinity), new(Gate.Cosine, double.PositiveInfinity), Top: 10);

    /// <summary>The example without the entry that applies: everything else is still there, the most alike first, and nothing should be brought.</summary>
    public static GateExample WithoutRight(GateExample example) =>
        new(Candidate.Compared([.. example.Candidates.Where(c => c.Entry.Id != example.Right)]), null);

    /// <summary>The example with the candidates of one kind of entry alone, see <see cref="EditEntry.IsUnread"/>.</summary>
    public static GateExample Only(GateExample example, bool unread) =>
        example with { Candidates = [.. example.Candidates.Where(c => c.Entry.IsUnread == unread)] };

    /// <summary>Visual queries with their truth.</summary>
    /// <param name="memory">Over a library of visual edits, its gates closed.</param>
    /// <param name="library">The edits in it.</param>
    /// <param name="queries">The pictures.</param>
    /// <param name="pictures">Loads them.</param>
    /// <param name="cancellationToken">Passed on.</param>
    public static async Task<IReadOnlyList<LabelledQuery>> VisualAsync(EditMemory memory, IReadOnlyList<BenchmarkEdit> library,
        IReadOnlyList<PictureQuery> queries,
        BenchmarkPictures pictures, CancellationToken cancellationToken = default) =>
        Seen(library, queries, await memory.LookUpAsync([.. queries.Select(q => new MemoryQuestion(q.Question, pictures.Load(q.Picture)))],
            cancellationToken));

    /// <summary>The same of look-ups that were made already.</summary>
    internal static IReadOnlyList<LabelledQuery> Seen(IReadOnlyList<BenchmarkEdit> library, IReadOnlyList<PictureQuery> queries,
        IReadOnlyList<LookUp> lookUps) =>
        [.. queries.Zip(lookUps, (q, found) => new LabelledQuery(Modality.Visual, BenchmarkEntries.Thing(q.Picture), q.Kind,
            new(found.Steps[0].Candidates, BenchmarkEntries.Right(library, q.Picture)?.Id)))];

    /// <summary>Textual queries with their truth: each sentence of the chain to each question.</summary>
    /// <param name="memory">Over a library of textual edits, its gates closed.</param>
    /// <param name="library">The edits in it.</param>
    /// <param name="probes">Questions.</param>
    /// <param name="pictures">Loads their pictures.</param>
    /// <param name="cancellationToken">Passed on.</param>
    public static async Task<IReadOnlyList<LabelledQuery>> TextualAsync(EditMemory memory, IReadOnlyList<BenchmarkEdit> library, IReadOnlyList<Probe> probes,
        BenchmarkPictures pictures,
        CancellationToken cancellationToken = default) =>
        Said(library, probes, await memory.LookUpAsync([.. probes.Select(p => new MemoryQuestion(p.Question, p.Picture is null ? null
            : pictures.Load(p.Picture)))], cancellationToken));

    /// <summary>Queries about facts that the model has no words for, with their truth: each sentence of the chain to each question, and the last look-up of a
    /// chain that does not come to them.</summary>
    /// <param name="memory">Over a library with the edits of these facts, its gates closed.</param>
    /// <param name="questions">Questions.</param>
    /// <param name="pictures">Loads their pictures.</param>
    /// <param name="cancellationToken">Passed on.</param>
    public static async Task<IReadOnlyList<LabelledQuery>> UntaughtAsync(EditMemory memory, IReadOnlyList<UntaughtQuestion> questions,
        BenchmarkPictures pictures, CancellationToken cancellationToken = default)
    {
        var found = await memory.LookUpAsync([.. questions.Select(q => new MemoryQuestion(q.Text, q.Picture is null ? null : pictures.Load(q.Picture)))],
            cancellationToken);
        return [.. questions.Zip(found).SelectMany(pair => pair.Second.Steps.Where(s => s.Library is Modality.Textual)
            .Select(step => new LabelledQuery(Modality.Textual, pair.First.Subject, pair.First.Kind, new(step.Candidates, pair.First.Right))))];
    }

    /// <summary>The same of look-ups that were made already.</summary>
    internal static IReadOnlyList<LabelledQuery> Said(IReadOnlyList<BenchmarkEdit> library, IReadOnlyList<Probe> probes, IReadOnlyList<LookUp> lookUps) =>
        [.. probes.Zip(lookUps).SelectMany(pair => pair.Second.Steps.Where(s => s.Library is Modality.Textual).Select((step, i) =>
        {
            var (probe, found) = pair;
            var at = i + (probe.Picture is null ? 0 : 1);
            var right = found.Reading.Count == 0 ? null
                : at < found.Reading.Count
                    ? BenchmarkEntries.Right(library, probe.Question, found.Reading[at], probe.Picture is null && found.Reading.Count == 1)
                : ProbeLevels.IsLocality(probe.Level) ? null : library.FirstOrDefault(edit => edit.Id == probe.EditIds[0]);
            return new LabelledQuery(Modality.Textual, right?.Subject ?? probe.EditIds[0], probe.Level, new(step.Candidates, right?.Id));
        }))];
}
