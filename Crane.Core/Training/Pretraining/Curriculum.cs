using Crane.Core.Benchmark;

namespace Crane.Core.Training.Pretraining;

/// <summary>A stretch of the pre-training: how many steps, and in which mixture its rows are drawn.</summary>
/// <param name="Name">Shown in progress and logs.</param>
/// <param name="Steps">Optimiser steps.</param>
/// <param name="Mixture">Weights by kind of lesson; they need not add up to 1.</param>
public sealed record Stage(string Name, int Steps, IReadOnlyDictionary<string, double> Mixture)
{
    /// <summary>Share of the run's learning rate at the start of the stage.</summary>
    public double Peak { get; init; } = 1;

    /// <summary>Whether the rate falls along a cosine in this stage.</summary>
    public bool Falls { get; init; }

    /// <summary>Which ways of asking its lessons use.</summary>
    public PhrasingSet Phrasings { get; init; } = PhrasingSet.Trained;
}

/// <summary>What the nano base learns, in which order: copying, then reading, then the world.</summary>
public static class Curriculum
{
    /// <summary>Kinds of rows that are drills on tokens.</summary>
    public const string Recall = "recall", Bind = "bind";

    /// <summary>The stages of the shipped base.</summary>
    public static IReadOnlyList<Stage> Nano { get; } =
    [
        new("recall", 700, new Dictionary<string, double> { [Recall] = 1 }),
        new("look up", 700, new Dictionary<string, double> { [Recall] = 0.1, ["recital"] = 0.45, ["look-up"] = 0.45 }),
        new("bind", 350, new Dictionary<string, double> { [Bind] = 0.8, ["look-up"] = 0.2 }),
        new("world", 2000, new Dictionary<string, double>
        {
            [Bind] = 0.04, ["look-up"] = 0.08, ["recital"] = 0.02, ["fact"] = 0.16, ["fact/relevant"] = 0.09, ["fact/irrelevant"] = 0.08,
            ["flag"] = 0.17, ["flag/consistent"] = 0.02, ["flag/contradicting"] = 0.07, ["flag/unclear"] = 0.02, ["flag/fact"] = 0.04,
            ["landmark"] = 0.12, ["landmark/consistent"] = 0.01, ["landmark/contradicting"] = 0.05, ["landmark/unclear"] = 0.01, ["landmark/fact"] = 0.01,
            ["unclear"] = 0.01,
        }) { Falls = true },
        new("forms", 400, new Dictionary<string, double>
        {
            [Bind] = 0.06, ["look-up"] = 0.14, ["recital"] = 0.03, ["fact"] = 0.18, ["fact/capital"] = 0.05, ["fact/relevant"] = 0.09,
            ["fact/irrelevant"] = 0.08,
            ["flag"] = 0.14, ["flag/consistent"] = 0.02, ["flag/contradicting"] = 0.06, ["flag/unclear"] = 0.02, ["flag/fact"] = 0.03,
            ["landmark"] = 0.10, ["landmark/consistent"] = 0.01, ["landmark/contradicting"] = 0.04, ["landmark/unclear"] = 0.01, ["landmark/fact"] = 0.01,
            ["unclear"] = 0.01,
        }) { Peak = 0.3, Falls = true, Phrasings = PhrasingSet.Wide },
    ];

    /// <summary>How each kind of lesson is drawn, for each way of asking. The last stage asks for a yes or a no more often.</summary>
    public static Func<PhrasingSet, IReadOnlyDictionary<string, Func<Random, Lesson>>> Lessons(NanoWorld world)
    {
        var lookUps = new LookUps(world.World);
        var (trained, wide) = (Lessons(new WorldLessons(world, lookUps), lookUps),
            Lessons(new WorldLessons(world, lookUps, PhrasingSet.Wide, yesNo: 0.35), lookUps));
        return set => set == PhrasingSet.Wide ? wide : trained;
    }

    /// <summary>How each kind of lesson is drawn.</summary>
    public static IReadOnlyDictionary<string, Func<Random, Lesson>> Lessons(WorldLessons lessons, LookUps lookUps) =>
        new Dictionary<string, Func<Random, Lesson>>
    {
        ["look-up"] = lookUps.Next,
        ["recital"] = lookUps.Recital,
        ["fact"] = lessons.TextFact,
        ["fact/capital"] = lessons.TextCapital,
        ["fact/relevant"] = random => lessons.TextFactWithNotes(random, relevant: true),
        ["fact/irrelevant"] = random => lessons.TextFactWithNotes(random, relevant: false),
        ["flag"] = random => lessons.Flag(random, PictureNote.None),
        ["flag/consistent"] = random => lessons.Flag(random, PictureNote.Consistent),
        ["flag/contradicting"] = random => lessons.Flag(random, PictureNote.Contradicting),
        ["flag/unclear"] = random => lessons.Flag(random, PictureNote.Unclear),
        ["flag/fact"] = random => lessons.Flag(random, PictureNote.Fact),
        ["landmark"] = random => lessons.Landmark(random, PictureNote.None),
        ["landmark/consistent"] = random => lessons.Landmark(random, PictureNote.Consistent),
        ["landmark/contradicting"] = random => lessons.Landmark(random, PictureNote.Contradicting),
        ["landmark/unclear"] = random => lessons.Landmark(random, PictureNote.Unclear),
        ["landmark/fact"] = random => lessons.Landmark(random, PictureNote.Fact),
        ["unclear"] = lessons.Unclear,
    };

    /// <summary>Draws a kind by its weight.</summary>
    public static string Draw(IReadOnlyDictionary<string, double> mixture, Random random)
    {
        var at = random.NextDouble() * mixture.Values.Sum();
        foreach (var (kind, weight) in mixture)
            if ((at -= weight) < 0) return kind;
        return mixture.Keys.Last();
    }
}
