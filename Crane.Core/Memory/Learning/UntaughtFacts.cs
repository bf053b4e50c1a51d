using Crane.Core.Benchmark;
using Crane.Core.Training.Pretraining;
using Crane.Core.Training.Routing;

namespace Crane.Core.Memory.Learning;

/// <summary>A question about a fact for which the model has no words.</summary>
/// <param name="Kind">For tables: one of the constants of <see cref="UntaughtFacts"/>.</param>
/// <param name="Subject">What it is about.</param>
/// <param name="Text">The question.</param>
/// <param name="Picture">Shows the subject; null where the question names it.</param>
/// <param name="Right">Id of the edit that applies; null where none does.</param>
public sealed record UntaughtQuestion(string Kind, string Subject, string Text, PictureRef? Picture, string? Right);

/// <summary>Edits of facts that no lesson of the base has words for (<see cref="OpenAttributes"/>), about subjects of a split's edits and about any names, with
/// questions that they answer and questions that they must leave alone.</summary>
public sealed class UntaughtFacts
{
    /// <summary>Kinds of questions that an edit answers: its own, one in other words, one about the subject's picture.</summary>
    public const string Asked = "untaught, exact", Rephrased = "untaught, rephrased", Shown = "untaught, shown";

    /// <summary>Kinds of questions that no edit answers: another such fact of an edited subject, and the same fact of another subject.</summary>
    public const string NearFact = "untaught, near fact", NearSubject = "untaught, other subject";

    private const double OfSplitShare = 0.6, PlacedShare = 0.15, NearShare = 0.5, YesNoShare = 0.2;

    private readonly PictureQueries drawings;
    private readonly OpenAttributes open;
    private readonly AnyNames names;
    private readonly string[] subjects;
    private readonly Dictionary<string, BenchmarkEdit> shown;

    /// <summary>Draws facts and questions.</summary>
    /// <param name="world">Where pictures come from.</param>
    /// <param name="split">train, dev or test: names of the other splits are no values and no subjects.</param>
    /// <param name="edits">Edits of the split, or of more than one: their subjects are edited again.</param>
    /// <param name="count">How many facts.</param>
    /// <param name="seed">Of all draws.</param>
    public UntaughtFacts(NanoWorld world, string split, IReadOnlyList<BenchmarkEdit> edits, int count, int seed)
    {
        drawings = new(world, seed);
        names = new(new LookUps(world.World, RoutingPool.Of(world, split).Others));
        open = new(names);
        subjects = [.. edits.Select(e => e.Subject).Distinct()];
        shown = edits.Where(e => e is { Picture.Degradation: null, Expected: null }).GroupBy(e => e.Subject).ToDictionary(g => g.Key, g => g.First());
        var (facts, taken, random) = (new List<BenchmarkEdit>(), new HashSet<(string, string)>(), Seeds.Random(seed));
        while (facts.Count < count)
        {
            var (subject, what) = facts.Count > 0 && random.NextDouble() < NearShare ? NearTo(facts[random.Next(facts.Count)], random)
                : (Subject(random), OpenAttributes.Next(random).Name);
            if (taken.Add((subject, what))) facts.Add(Fact(facts.Count, subject, what, random));
        }
        Edits = facts;
        Questions = [.. facts.SelectMany((fact, i) => About(fact, taken, Seeds.Random(seed, 1 + i)))];
    }

    /// <summary>The edits, without probes.</summary>
    public IReadOnlyList<BenchmarkEdit> Edits { get; }

    /// <summary>The questions.</summary>
    public IReadOnlyList<UntaughtQuestion> Questions { get; }

    private string Subject(Random random) => random.NextDouble() < OfSplitShare ? subjects[random.Next(subjects.Length)] : names.Next(random);

    /// <summary>Another fact of the same thing, mostly in nearly the same words, or the same fact of another thing.</summary>
    private (string, string) NearTo(BenchmarkEdit fact, Random random) => random.Next(3) == 0 ? (Subject(random), fact.Attribute!)
        : (fact.Subject, OpenAttributes.Near(random, fact.Attribute!).Name);

    private BenchmarkEdit Fact(int number, string subject, string what, Random random)
    {
        var value = open.Value(random);
        return new()
        {
            Id = $"untaught-{number:0000}", Modality = Benchmark.Modality.Textual, Kind = "attribute", Subject = subject, Attribute = what,
            Question = Ask(random, subject, what, PhrasingSet.Wide), OldAnswer = "", Target = value, Injected = value,
            Statement = $"the {what} of {subject} is now {value}", Probes = [],
        };
    }

    private IEnumerable<UntaughtQuestion> About(BenchmarkEdit fact, HashSet<(string Subject, string What)> taken, Random random)
    {
        var (subject, what) = (fact.Subject, fact.Attribute!);
        yield return new(Asked, subject, fact.Question, null, fact.Id);
        var other = random.NextDouble() < YesNoShare ? Phrasings.IsAttribute.Ask(random, PhrasingSet.Wide, subject, what, open.Value(random))
            : Ask(random, subject, what, PhrasingSet.HeldOut);
        yield return new(Rephrased, subject, other, null, fact.Id);
        if (shown.TryGetValue(subject, out var seen))
        {
            var views = drawings.Of(BenchmarkEntries.Thing(seen.Picture!));
            yield return new(Shown, subject, Ask(random, Described(seen, random), what, PhrasingSet.Wide), views[random.Next(views.Length)], fact.Id);
        }
        var near = OpenAttributes.Near(random, what).Name;
        if (!taken.Contains((subject, near))) yield return new(NearFact, subject, Ask(random, subject, near, PhrasingSet.Wide), null, null);
        var another = Subject(random);
        if (!taken.Contains((another, what))) yield return new(NearSubject, another, Ask(random, another, what, PhrasingSet.Wide), null, null);
    }

    private static string Described(BenchmarkEdit seen, Random random) => seen.Kind == "landmark" ? "this landmark"
        : Phrasings.CountryOfFlag[random.Next(Phrasings.CountryOfFlag.Count)];

    private static string Ask(Random random, string subject, string what, PhrasingSet set) =>
        (random.NextDouble() < PlacedShare ? Phrasings.Placed : Phrasings.Attribute).Ask(random, set, subject, what);
}
