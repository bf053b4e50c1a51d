using Crane.Core.Benchmark;
using Crane.Core.Memory;
using Crane.Core.Memory.Learning;
using Crane.Core.Model;

namespace Crane.Core.Evaluation.Runs;

/// <summary>One query of one library, as a run keeps it.</summary>
/// <param name="Library">"visual" or "textual".</param>
/// <param name="Query">The sentence, or what the model says of the picture.</param>
/// <param name="Found">The best candidate by the gate's scorer; null where the library is empty.</param>
/// <param name="Score">Its score; null without one.</param>
/// <param name="Brought">What the gate let through; null: nothing.</param>
/// <param name="Why">The gate's reason.</param>
public sealed record LookUpNote(string Library, string Query, string? Found, double? Score, string? Brought, string Why);

/// <summary>What the memory said to a probe.</summary>
/// <param name="Probe">Id of the probe.</param>
/// <param name="Entries">Edits in the two libraries.</param>
/// <param name="Reading">The chain that led the look-up.</param>
/// <param name="Steps">The queries in their order.</param>
/// <param name="Brought">What goes into the prompt, with the gate's scores.</param>
public sealed record ProbeLookUp(string Probe, int Entries, string[] Reading, LookUpNote[] Steps, RetrievedEntry[] Brought);

/// <summary>The column real: the memory decides what stands in front of a probe. Its libraries hold every edit of the file that can be in force together, not
/// only the probe's own: the visual edits of the probe's series and all textual ones; of several edits in force, those of the group and the probe's partners.
/// Edits that would change the probe's right answer without being named by it are taken out for that probe (<see cref="EditReach"/>), since the file has no
/// answer for such a mixture.</summary>
/// <param name="learnt">Picture net and gates.</param>
/// <param name="reader">The model whose readings the gates were calibrated with: the nano base, whichever model answers.</param>
/// <param name="set">Edits and pictures.</param>
/// <param name="config">Which edits are in force together.</param>
/// <param name="shared">Readings that several libraries share; null: its own.</param>
public sealed class RealRetrieval(LearntMemory learnt, VisionLanguageModel reader, BenchmarkSet set, RunConfig config, KnownReadings? shared = null)
{
    /// <summary>The log of look-ups in the folder of a run.</summary>
    public const string LookUpsFile = "lookups.jsonl";

    private const int Block = 512;

    private readonly Dictionary<string, Shelf> shelves = [];
    private readonly KnownReadings readings = shared ?? new(reader);
    private readonly EditReach reach = new(set.All);
    private readonly Dictionary<string, Probe> probes = set.All.SelectMany(edit => edit.Probes).ToDictionary(probe => probe.Id);
    private Dictionary<string, EditCase[]>? groups;

    /// <summary>Looks all probes up, a block at a time, and writes a line each; goes on where a run was stopped.</summary>
    /// <param name="cases">What is asked.</param>
    /// <param name="folder">Of the run.</param>
    /// <param name="progress">One report a block.</param>
    /// <param name="cancellationToken">Ends it between two tokens of a reading.</param>
    /// <returns>By id of the probe.</returns>
    /// <exception cref="InvalidDataException">The folder holds look-ups of other probes.</exception>
    public async Task<IReadOnlyDictionary<string, ProbeLookUp>> LookUpAsync(IReadOnlyList<EditCase> cases, string folder,
        IProgress<ProgressUpdate>? progress = null, CancellationToken cancellationToken = default)
    {
        groups = config.Groups(cases).SelectMany(group => group.Select(c => (c.Edit.Id, group))).ToDictionary(pair => pair.Id, pair => pair.group);
        (EditCase Case, ProbeCase Probe)[] asked = [.. cases.SelectMany(c => c.Probes.Select(probe => (c, probe)))];
        using var log = RunLog<ProbeLookUp>.Open(Path.Combine(folder, LookUpsFile));
        for (var i = 0; i < log.Records.Count; i++)
            if (i >= asked.Length || log.Records[i].Probe != asked[i].Probe.Id)
                throw new InvalidDataException($"{folder}: {LookUpsFile} holds look-ups of another run, line {i + 1} is of '{log.Records[i].Probe}'; " +
                    "choose another folder or delete it.");
        for (var at = log.Records.Count / Block * Block; at < asked.Length; at += Block)
        {
            var found = await LookUpAsync(asked[at..Math.Min(at + Block, asked.Length)], cancellationToken);
            log.Append(found.Skip(log.Records.Count - at));   // a block that a killed run wrote in part is made again whole, so that its batches are the same
            progress?.Report(new("look-ups", log.Records.Count, asked.Length, asked[log.Records.Count - 1].Probe.Id));
        }
        return log.Records.ToDictionary(record => record.Probe);
    }

    /// <summary>A method whose entries are what the memory found.</summary>
    /// <param name="id">Of the method.</param>
    /// <param name="found">Of <see cref="LookUpAsync(IReadOnlyList{EditCase}, string, IProgress{ProgressUpdate}?, CancellationToken)"/>.</param>
    /// <param name="write">Puts entries into the prompt.</param>
    public Method Method(string id, IReadOnlyDictionary<string, ProbeLookUp> found, EntryWriter write)
    {
        var edits = set.All.ToDictionary(edit => edit.Id);
        return new(id, RetrievalColumns.Real, (probe, _) =>
            new(write(probe.Question, [.. found[probe.Id].Brought.Select(entry => edits[entry.Id])]), found[probe.Id].Brought))
        { MemorySeconds = Seconds };
    }

    /// <summary>Processor time to put an edit into an empty library (the model reads its question, its picture or sentence is encoded), and to look its first
    /// probe up, with a reading of its own, in the library of its runs.</summary>
    private (double Edit, double LookUp) Seconds(EditCase asked)
    {
        var (edit, probe) = (set.All.First(e => e.Id == asked.Edit.Id), asked.Probes[0]);
        var inForce = InForce(asked, probe);
        var key = string.Join(' ', inForce.Select(e => e.Id));
        if (!shelves.TryGetValue(key, out var shelf)) shelf = shelves[key] = FilledAsync(inForce, readings.ReadAsync, default).GetAwaiter().GetResult();
        var chains = new Memory.ChainReader(reader);
        var added = ProcessorClock.Of(() => FilledAsync([edit], chains.ReadAsync, default).GetAwaiter().GetResult());
        void LookUp()
        {
            readings.PrepareAsync([]).GetAwaiter().GetResult();   // nothing is known ahead
            shelf.LookUpAsync([probe], [], default).GetAwaiter().GetResult();
        }
        LookUp();                                                 // the first one fills the indexes
        return (added, ProcessorClock.Of(LookUp));
    }

    private async Task<IReadOnlyList<ProbeLookUp>> LookUpAsync(IReadOnlyList<(EditCase Case, ProbeCase Probe)> asked, CancellationToken cancellationToken)
    {
        var results = new Dictionary<string, ProbeLookUp>();
        await readings.PrepareAsync([.. asked.Select(a => new ReadingRequest(a.Probe.Question.Text, a.Probe.Question.Picture))], cancellationToken);
        var placed = asked.Select(a => (a.Probe, InForce: InForce(a.Case, a.Probe)))
            .Select(a => (a.Probe, a.InForce, Hidden: Hidden(a.InForce, probes[a.Probe.Id]))).ToList();
        foreach (var together in placed.GroupBy(p => (Library: string.Join(' ', p.InForce.Select(e => e.Id)), Hidden: string.Join(' ', p.Hidden))))
        {
            var rows = together.ToList();
            var shelf = shelves.TryGetValue(together.Key.Library, out var known) ? known
                : shelves[together.Key.Library] = await FilledAsync(rows[0].InForce, readings.ReadAsync, cancellationToken);
            var found = await shelf.LookUpAsync([.. rows.Select(r => r.Probe)], rows[0].Hidden, cancellationToken);
            foreach (var (row, lookUp) in rows.Zip(found)) results[row.Probe.Id] = Note(row.Probe.Id, row.InForce.Count - row.Hidden.Count, lookUp);
        }
        return [.. asked.Select(a => results[a.Probe.Id])];
    }

    private List<BenchmarkEdit> InForce(EditCase asked, ProbeCase probe)
    {
        var ids = config.EditsInForce == 1 ? null : groups![asked.Edit.Id].Select(c => c.Edit.Id).Concat(probe.Partners).ToHashSet();
        return [.. set.All.Where(edit => ids?.Contains(edit.Id) ?? (edit.Picture is null || edit.Series == asked.Series))];
    }

    private List<string> Hidden(IEnumerable<BenchmarkEdit> inForce, Probe probe) =>
        [.. inForce.Where(edit => !probe.EditIds.Contains(edit.Id) && reach.Reaches(edit, probe)).Select(edit => edit.Id)];

    private static ProbeLookUp Note(string probe, int entries, LookUp found) => new(probe, entries, [.. found.Reading],
        [.. found.Steps.Select(step => new LookUpNote(
            step.Library is Memory.Modality.Visual ? "visual" : "textual", step.Query, step.Decision.Best?.Id,
            double.IsFinite(step.Decision.Score) ? Math.Round(step.Decision.Score, 4) : null, step.Decision.Entry?.Id, step.Decision.Why))],
        [.. found.Brought.Select(entry =>
            new RetrievedEntry(entry.Id, Math.Round(found.Steps.First(step => step.Decision.Entry?.Id == entry.Id).Decision.Score, 4)))]);

    private async Task<Shelf> FilledAsync(IReadOnlyList<BenchmarkEdit> edits, QuestionReader read, CancellationToken cancellationToken)
    {
        var library = new EditLibrary();
        var memory = new EditMemory(library, learnt.Net, QwenEncoders.Texts(reader), new(learnt.Visual.Gate(), learnt.Textual.Gate()), read);
        await BenchmarkEntries.AddAsync(memory, edits, set.Pictures, cancellationToken);
        return new(library, memory);
    }

    /// <summary>A library with its memory.</summary>
    private sealed record Shelf(EditLibrary Library, EditMemory Memory)
    {
        public async Task<IReadOnlyList<LookUp>> LookUpAsync(IReadOnlyList<ProbeCase> asked, IReadOnlyList<string> hidden, CancellationToken cancellationToken)
        {
            foreach (var id in hidden) Library.Revoke(id);
            var questions = asked.Select(probe => new MemoryQuestion(probe.Question.Text, probe.Question.Picture)).ToList();
            try { return await Memory.LookUpAsync(questions, cancellationToken); }
            finally { foreach (var id in hidden) Library.Restore(id); }
        }
    }
}
