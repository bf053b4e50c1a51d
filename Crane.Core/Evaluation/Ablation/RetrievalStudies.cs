using Crane.Core.Benchmark;
using Crane.Core.Editing;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Memory.Learning;
using Crane.Core.Model;

namespace Crane.Core.Evaluation.Ablation;

/// <summary>Studies of retrieval: what the memory brings when a library or the gate is left out, and when it holds many more edits.</summary>
/// <param name="learnt">Picture net and gates.</param>
/// <param name="reader">The nano base, whose readings lead the look-ups.</param>
/// <param name="set">Edits that are probed, in a library with all of the file.</param>
/// <param name="method">Id of the method.</param>
/// <param name="folder">Where look-ups are kept.</param>
public sealed class RetrievalStudies(LearntMemory learnt, VisionLanguageModel reader, BenchmarkSet set, string method, string folder)
{
    /// <summary>Sizes of the library, beyond the edits of the file.</summary>
    public static IReadOnlyList<int> FurtherEdits { get; } = [0, 1000, 10_000];

    /// <summary>The libraries one by one, and no gate.</summary>
    /// <param name="progress">One report a block of look-ups.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<Study> Parts(IProgress<ProgressUpdate>? progress, CancellationToken cancellationToken)
    {
        var found = await Found(set, "library-0", progress, cancellationToken);
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

    /// <summary>Libraries with many further edits.</summary>
    /// <param name="stratum">The stratum of an edit.</param>
    /// <param name="progress">One report a block of look-ups.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<Study> Sizes(Func<BenchmarkEdit, string> stratum, IProgress<ProgressUpdate>? progress, CancellationToken cancellationToken)
    {
        var variants = new List<StudyVariant>();
        foreach (var further in FurtherEdits)
        {
            var larger = new BenchmarkSet([.. set.All, .. Further(set.All, further)], set.Edits, stratum, set.Pictures);
            var found = await Found(larger, $"library-{further}", progress, cancellationToken);
            variants.Add(new($"{set.All.Count + further:N0} edits", null, new RealRetrieval(learnt, reader, larger, RunConfig.Single)
                .Method(method, found, CranePrompt.Write)));
        }
        return new("library size", "How many edits may the libraries hold?", variants);
    }

    /// <summary>Edits in words that are about nothing that the file asks: open attributes of things that have the names of the world.</summary>
    internal static IEnumerable<BenchmarkEdit> Further(IReadOnlyList<BenchmarkEdit> all, int count)
    {
        var random = Seeds.Random(7);
        string[] subjects = [.. all.Select(edit => edit.Subject).Distinct()], values = [.. all.Select(edit => edit.Target).Distinct()];
        string[] nouns = ["river", "anthem", "airport", "bird", "museum", "harbour", "poet", "market", "bridge", "stadium", "festival", "newspaper", "flower",
            "railway", "library", "lake"];
        string[] kinds = ["largest", "oldest", "second", "northern", "official", "former", "longest", "national", "southern", "public", "annual", "royal"];
        var seen = new HashSet<string>();
        while (seen.Count < count)
        {
            var (attribute, subject, value) = ($"{kinds[random.Next(kinds.Length)]} {nouns[random.Next(nouns.Length)]}",
                subjects[random.Next(subjects.Length)], values[random.Next(values.Length)]);
            if (!seen.Add($"{attribute} of {subject}")) continue;
            yield return new()
            {
                Id = $"further-{seen.Count:00000}", Modality = Modality.Textual, Kind = "attribute", Subject = subject, Attribute = attribute,
                    Question = $"What is the {attribute} of {subject}?",
                OldAnswer = "", Target = value, Injected = value, Statement = $"the {attribute} of {subject} is now {value}", Probes = [],
            };
        }
    }

    private Task<IReadOnlyDictionary<string, ProbeLookUp>> Found(BenchmarkSet of, string name, IProgress<ProgressUpdate>? progress,
        CancellationToken cancellationToken) =>
        new RealRetrieval(learnt, reader, of, RunConfig.Single).LookUpAsync(of.Cases(), Path.Combine(folder, name), progress, cancellationToken);
}
