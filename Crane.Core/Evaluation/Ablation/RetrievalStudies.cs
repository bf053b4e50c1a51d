using Crane.Core.Benchmark;
using Crane.Core.Editing;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Memory;
using Crane.Core.Memory.Learning;
using Crane.Core.Model;
using Crane.Core.Training.Pretraining;
using Crane.Core.Training.Routing;

namespace Crane.Core.Evaluation.Ablation;

/// <summary>Studies of retrieval: what the memory brings when a library or the gate is left out, and when it holds many more edits.</summary>
/// <param name="learnt">Picture net and gates.</param>
/// <param name="reader">The nano base, whose readings lead the look-ups.</param>
/// <param name="set">Edits that are probed, in a library with all of the file.</param>
/// <param name="cases">What is asked of them.</param>
/// <param name="method">Id of the method.</param>
/// <param name="folder">Where look-ups are kept.</param>
public sealed class RetrievalStudies(LearntMemory learnt, VisionLanguageModel reader, BenchmarkSet set, IReadOnlyList<EditCase> cases, string method,
    string folder)
{
    /// <summary>Sizes of the library beyond the edits of the file, and whether the further edits are of the same things.</summary>
    public static IReadOnlyList<(int Edits, bool Same)> FurtherEdits { get; } =
        [(0, true), (100, true), (1000, true), (10_000, true), (1000, false), (10_000, false)];

    // What the untouched model says of an entry or a probe is the same in every library.
    private readonly KnownReadings readings = new(reader, keeps: true);
    private readonly Dictionary<BenchmarkSet, RealRetrieval> libraries = [];   // one is filled once for all studies

    /// <summary>The libraries one by one, and no gate.</summary>
    /// <param name="progress">One report a block of look-ups.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<Study> Parts(IProgress<ProgressUpdate>? progress, CancellationToken cancellationToken)
    {
        var found = await Found(set, cases, "library-0", progress, cancellationToken);
        var edits = set.All.ToDictionary(edit => edit.Id);
        Method Kept(Func<ProbeLookUp, IEnumerable<string>> ids) => new(method, RetrievalColumns.Real, (probe, _) =>
        {
            string[] brought = [.. ids(found[probe.Id]).Distinct()];
            return new(CranePrompt.Write(probe.Question, [.. brought.Select(id => edits[id])]), [.. brought.Select(id => new RetrievedEntry(id, 1))]);
        });
        IEnumerable<string> Of(ProbeLookUp lookUp, bool visual) => lookUp.Brought.Select(entry => entry.Id)
            .Where(id => edits[id].Picture is not null == visual);
        return new("retrieval", "What do the two libraries and the gate each do?",
        [
            new("both libraries, gate", null, Kept(lookUp => lookUp.Brought.Select(entry => entry.Id))),
                new("visual library alone", null, Kept(lookUp => Of(lookUp, visual: true))),
            new("textual library alone", null, Kept(lookUp => Of(lookUp, visual: false))),
                new("no gate: the best candidate of each query", null, Kept(lookUp => lookUp.Steps.Select(step => step.Found).OfType<string>())),
            new("the right entries (gold)", null, set.Columns.Method(method, RetrievalColumns.Gold, CranePrompt.Write)),
        ]);
    }

    /// <summary>Libraries with many further edits: of other attributes of the same things, which are the nearest neighbours that a sentence can have, and of
    /// things with other names.</summary>
    /// <param name="stratum">The stratum of an edit.</param>
    /// <param name="progress">One report a block of look-ups.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<Study> Sizes(Func<BenchmarkEdit, string> stratum, IProgress<ProgressUpdate>? progress, CancellationToken cancellationToken)
    {
        var variants = new List<StudyVariant>();
        foreach (var (further, same) in FurtherEdits)
        {
            var larger = new BenchmarkSet([.. set.All, .. Further(set.All, further, same)], set.Edits, stratum, set.Pictures);
            var found = await Found(larger, cases, further == 0 ? "library-0" : $"library-{further}-{(same ? "same" : "other")}", progress, cancellationToken);
            variants.Add(new(further == 0 ? $"the {set.All.Count:N0} edits of the file" : $"{further:N0} more, of {(same ? "the same" : "other")} things", null,
                Retrieval(larger).Method(method, found, CranePrompt.Write)));
        }
        return new("library size", "How many edits may the libraries hold?", variants);
    }

    /// <summary>A study of disturbed questions once more, with what the memory brings to the disturbed question in place of the right entries.</summary>
    /// <param name="study">Of <see cref="QuestionStudies"/>.</param>
    /// <param name="progress">One report a block of look-ups.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<Study> LookedUp(Study study, IProgress<ProgressUpdate>? progress, CancellationToken cancellationToken)
    {
        var variants = new List<StudyVariant>();
        foreach (var variant in study.Variants)
        {
            var found = await Found(set, variant.Cases ?? cases, $"{study.Id}-{variant.Name}".Replace(' ', '-'), progress, cancellationToken);
            variants.Add(variant with { Method = Retrieval(set).Method(method, found, CranePrompt.Write) });
        }
        return study with { Id = $"{study.Id}, looked up", Question = $"{study.Question} Here the memory has to find the entries, too.", Variants = variants };
    }

    /// <summary>Edits in words that are about nothing that the file asks: open attributes.</summary>
    /// <param name="all">The edits of the file.</param>
    /// <param name="count">How many.</param>
    /// <param name="same">Of things that the file edits; otherwise of things with other names.</param>
    internal static IEnumerable<BenchmarkEdit> Further(IReadOnlyList<BenchmarkEdit> all, int count, bool same)
    {
        var (random, names) = (Seeds.Random(7), new AnyNames(new LookUps(World.Load())));
        string[] subjects = [.. all.Select(edit => edit.Subject).Distinct()], values = [.. all.Select(edit => edit.Target).Distinct()];
        string[] nouns = ["river", "anthem", "airport", "bird", "museum", "harbour", "poet", "market", "bridge", "stadium", "festival", "newspaper", "flower",
            "railway", "library", "lake"];
        string[] kinds = ["largest", "oldest", "second", "northern", "official", "former", "longest", "national", "southern", "public", "annual", "royal"];
        var (taken, seen) = (subjects.ToHashSet(), new HashSet<string>());
        while (seen.Count < count)
        {
            var (attribute, subject, value) = ($"{kinds[random.Next(kinds.Length)]} {nouns[random.Next(nouns.Length)]}",
                same ? subjects[random.Next(subjects.Length)] : names.Next(random), values[random.Next(values.Length)]);
            if ((!same && taken.Contains(subject)) || !seen.Add($"{attribute} of {subject}")) continue;
            yield return new()
            {
                Id = $"further-{seen.Count:00000}", Modality = Benchmark.Modality.Textual, Kind = "attribute", Subject = subject, Attribute = attribute,
                Question = $"What is the {attribute} of {subject}?", OldAnswer = "", Target = value, Injected = value,
                Statement = $"the {attribute} of {subject} is now {value}", Probes = [],
            };
        }
    }

    private RealRetrieval Retrieval(BenchmarkSet of) =>
        libraries.TryGetValue(of, out var known) ? known : libraries[of] = new(learnt, reader, of, RunConfig.Single, readings);

    private Task<IReadOnlyDictionary<string, ProbeLookUp>> Found(BenchmarkSet of, IReadOnlyList<EditCase> asked, string name,
        IProgress<ProgressUpdate>? progress, CancellationToken cancellationToken) =>
        Retrieval(of).LookUpAsync(asked, Path.Combine(folder, name), progress, cancellationToken);
}
