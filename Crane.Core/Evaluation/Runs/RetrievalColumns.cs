using System.Security.Cryptography;
using System.Text;
using Crane.Core.Benchmark;
using Crane.Core.Editing;
using Crane.Core.Model;

namespace Crane.Core.Evaluation.Runs;

/// <summary>How entries become part of a prompt.</summary>
/// <param name="question">What is asked.</param>
/// <param name="entries">What retrieval brought, in the order of the prompt; perhaps nothing.</param>
public delegate Question EntryWriter(Question question, IReadOnlyList<BenchmarkEdit> entries);

/// <summary>Chooses among the edits in force.</summary>
/// <param name="question">What is asked.</param>
/// <param name="inForce">The library.</param>
/// <returns>Ids of edits in force with their scores, in the order of the prompt; perhaps nothing.</returns>
public delegate IReadOnlyList<RetrievedEntry> Retriever(Question question, IReadOnlyList<BenchmarkEdit> inForce);

/// <summary>What stands in front of a probe in the four retrieval columns, for methods that work through the prompt.</summary>
public sealed class RetrievalColumns
{
    /// <summary>Ids of the columns. gold: exactly the edits that the probe names, so a locality probe meets the edit that must not change it. real: a retriever
    /// decides
    /// over the edits in force. none: nothing. adversarial: an edit of a neighbour, which does not concern the probe, is forced in beside those of
    /// gold.</summary>
    public const string Gold = "gold", Real = "real", None = "none", Adversarial = "adversarial";

    private readonly Dictionary<string, BenchmarkEdit> edits;
    private readonly Dictionary<string, (BenchmarkEdit Edit, Probe Probe)> probes;
    private readonly ILookup<(string, string?), BenchmarkEdit> alike;
    private readonly EditReach reach;
    private readonly int seed;

    /// <summary>Prepares the columns of a benchmark file.</summary>
    /// <param name="all">All edits of the file.</param>
    /// <param name="seed">Decides where the wrong entry stands, and which it is where no neighbour is edited.</param>
    public RetrievalColumns(IReadOnlyList<BenchmarkEdit> all, int seed = 1)
    {
        edits = all.ToDictionary(edit => edit.Id);
        probes = all.SelectMany(edit => edit.Probes.Select(probe => (edit, probe))).ToDictionary(pair => pair.probe.Id);
        alike = all.ToLookup(edit => (edit.Kind, edit.Attribute));
        reach = new(all);
        this.seed = seed;
    }

    /// <summary>The entries of a probe in a column other than <see cref="Real"/>.</summary>
    /// <param name="column">gold, none or adversarial.</param>
    /// <param name="probe">Id of the probe.</param>
    /// <exception cref="ArgumentException">The column is another.</exception>
    /// <exception cref="KeyNotFoundException">The file has no such probe, or not an edit that it names.</exception>
    public IReadOnlyList<BenchmarkEdit> Entries(string column, string probe)
    {
        if (!probes.TryGetValue(probe, out var asked)) throw new KeyNotFoundException($"The benchmark file has no probe '{probe}'.");
        IReadOnlyList<BenchmarkEdit> gold =
            [.. asked.Probe.EditIds.Select(id => edits.GetValueOrDefault(id)
            ?? throw new KeyNotFoundException($"Probe '{probe}' names the edit '{id}', which the file does not have."))];
        return column switch
        {
            Gold => gold,
            None => [],
            Adversarial => With(gold, WrongNeighbour(asked.Edit, asked.Probe), asked.Probe),
            _ => throw new ArgumentException($"The column must be {Gold}, {None} or {Adversarial}, found '{column}'; for {Real} give a retriever.",
                nameof(column)),
        };
    }

    /// <summary>An edit of the same kind about something else: of the nearest neighbour that is edited and that the probe does not ask about; if there is none,
    /// of a
    /// thing whose neighbour the edit's subject is, then of any.</summary>
    /// <returns>null where every edit of the kind reaches the probe.</returns>
    public BenchmarkEdit? WrongNeighbour(BenchmarkEdit edit, Probe probe) => alike[(edit.Kind, edit.Attribute)]
        .Where(other => other.Subject != edit.Subject && !probe.EditIds.Contains(other.Id) && !reach.Reaches(other, probe))
        .MinBy(other => (Rank(edit.Neighbours, other.Subject), Rank(other.Neighbours, edit.Subject), other.Series == edit.Series ? 0
            : 1, Draw(edit.Id + other.Id)));

    /// <summary>A method of the columns gold, none and adversarial.</summary>
    /// <param name="id">Of the method.</param>
    /// <param name="column">The column.</param>
    /// <param name="write">Puts entries into the prompt; null: <see cref="InFront"/>.</param>
    public Method Method(string id, string column, EntryWriter? write = null) => new(id, column, (probe, _) =>
    {
        var entries = Entries(column, probe.Id);
        return new((write ?? InFront)(probe.Question, entries), [.. entries.Select(entry => new RetrievedEntry(entry.Id, 1))]);
    });

    /// <summary>A method of the column real.</summary>
    /// <param name="id">Of the method.</param>
    /// <param name="retrieve">Decides what comes into the prompt.</param>
    /// <param name="write">Puts entries into the prompt; null: <see cref="InFront"/>.</param>
    public Method Method(string id, Retriever retrieve, EntryWriter? write = null)
    {
        var library = new Library();
        return new(id, Real, (probe, _) =>
        {
            var found = retrieve(probe.Question, [.. library.InForce.Select(edit => edits[edit.Id])]);
            return new((write ?? InFront)(probe.Question, [.. found.Select(entry => edits[entry.Id])]), [.. found]);
        }, library);
    }

    /// <summary>The entries as the nano base knows notes: "Note: the flag of Japan now shows the flag of Brazil; the capital of Chad is now Lima. " and the
    /// question.</summary>
    public static Question InFront(Question question, IReadOnlyList<BenchmarkEdit> entries)
    {
        if (entries.Count == 0) return question;
        var note = $"Note: {string.Join("; ", entries.Select(entry => entry.Statement))}";
        return question with { Text = $"{note}{(note.EndsWith('.') ? "" : ".")} {question.Text}" };
    }

    /// <summary>The entries as bare notes, which name no subject of a picture: "Note: the picture shows the flag of Brazil. Note: the capital of Chad is now
    /// Lima. " and the question.
    /// This is what <see cref="NoteInPrompt"/> writes.</summary>
    public static Question Notes(Question question, IReadOnlyList<BenchmarkEdit> entries) =>
        entries.Count == 0 ? question : question with { Text = $"{string.Join(' ', entries.Select(BenchmarkCases.Note))} {question.Text}" };

    /// <summary>The entries as IKE writes new facts, without demonstrations: "New Fact: What is the capital of Chad? Lima\nPrompt: " and the question; see <see
    /// cref="Ike"/>.</summary>
    public static Question NewFacts(Question question, IReadOnlyList<BenchmarkEdit> entries) => entries.Count == 0 ? question
        : question with { Text = $"{string.Concat(entries.Select(entry => $"New Fact: {entry.Question} {entry.Target}\n"))}Prompt: {question.Text}" };

    private IReadOnlyList<BenchmarkEdit> With(IReadOnlyList<BenchmarkEdit> gold, BenchmarkEdit? wrong, Probe probe)
    {
        if (wrong is null) return gold;
        var at = Draw(probe.Id) % (gold.Count + 1);
        return [.. gold.Take(at), wrong, .. gold.Skip(at)];
    }

    private int Draw(string text) => Seeds.Mix(seed, BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes(text))));

    private static int Rank(string[] names, string name) => Array.IndexOf(names, name) is >= 0 and var at ? at : names.Length;

    /// <summary>Keeps the edits in force for a retriever; prompts are written by the method.</summary>
    private sealed class Library() : PromptEditor("library", new Settings())
    {
        private sealed record Settings;
    }
}
