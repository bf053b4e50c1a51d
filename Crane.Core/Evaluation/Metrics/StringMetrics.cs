namespace Crane.Core.Evaluation.Metrics;

/// <summary>A comparison of what was generated with a correct answer.</summary>
/// <param name="Id">"generated/…".</param>
/// <param name="Compare">(answer, prediction) → [0, 1].</param>
/// <param name="Source">Whose definition.</param>
public sealed record StringMetric(string Id, Func<string, string, double> Compare, string Source)
{
    /// <summary>The best comparison over all correct answers.</summary>
    /// <exception cref="ArgumentException">There is no answer.</exception>
    public double Best(IReadOnlyCollection<string> answers, string prediction) => answers.Count > 0 ? answers.Max(answer => Compare(answer, prediction))
        : throw new ArgumentException($"{Id}: there is no correct answer to compare with.", nameof(answers));
}

/// <summary>All comparisons of generated answers with correct ones.</summary>
public static class StringMetrics
{
    /// <summary>SQuAD exact match; EasyEdit's is the same.</summary>
    public static StringMetric ExactMatch { get; } = new("generated/exact-match", SquadAnswer.ExactMatch, "SQuAD v1 and v2, EasyEdit exact_match_score");

    /// <summary>SQuAD F1.</summary>
    public static StringMetric SquadF1 { get; } = new("generated/squad-f1", SquadAnswer.F1, "SQuAD v1");

    /// <summary>SQuAD 2.0 F1.</summary>
    public static StringMetric SquadV2F1 { get; } = new("generated/squad-v2-f1", SquadAnswer.F1V2, "SQuAD v2");

    /// <summary>Cover exact match after SQuAD's normalisation.</summary>
    public static StringMetric CoverExactMatch { get; } = new("generated/cover-em", SquadAnswer.Cover, "DEXTER CoverExactMatch");

    /// <summary>Cover exact match after VQA normalisation.</summary>
    public static StringMetric Cem { get; } = new("generated/cem", AnswerCover.Normalised, "MMEVOKE, by formula");

    /// <summary>F1 after VQA normalisation.</summary>
    public static StringMetric F1 { get; } = new("generated/f1", AnswerCover.F1, "MMEVOKE, by formula");

    /// <summary>Normalised Levenshtein similarity.</summary>
    public static StringMetric Anls { get; } = new("generated/anls", (answer, prediction) => EditDistance.Anls([answer], prediction),
        "lmms-eval anls, threshold 0.5");

    /// <summary>Every one.</summary>
    public static IReadOnlyList<StringMetric> All { get; } = [ExactMatch, SquadF1, SquadV2F1, CoverExactMatch, Cem, F1, Anls];

    /// <summary>VQA accuracy, which needs several human answers: <see cref="VqaAnswer.Accuracy"/>.</summary>
    public const string VqaAccuracyId = "generated/vqa-accuracy";
}
