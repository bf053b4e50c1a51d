namespace Crane.Core.Evaluation.Metrics;

/// <summary>The measures that MMEVOKE (Jiang et al. 2025) names, by their formulas: cover exact match (CEM) and F1. The paper does not settle how texts are
/// normalised nor whether words
/// are counted with repetition, so each choice is a function of its own; <see cref="StringMetrics"/> takes VQA normalisation and repetition.</summary>
public static class AnswerCover
{
    /// <summary>1 if the prediction contains the answer as it stands.</summary>
    public static double Raw(string answer, string prediction) => prediction.Contains(answer, StringComparison.Ordinal) ? 1 : 0;

    /// <summary>The same in lower case.</summary>
    public static double Lower(string answer, string prediction) => Raw(PythonText.Lower(answer), PythonText.Lower(prediction));

    /// <summary>The same of the VQA-normalised texts.</summary>
    public static double Normalised(string answer, string prediction) => Raw(VqaAnswer.Normalise(answer), VqaAnswer.Normalise(prediction));

    /// <summary>F1 of the VQA-normalised words, counted with repetition.</summary>
    public static double F1(string answer, string prediction) => WordF1.Of(Words(answer), Words(prediction));

    /// <summary>F1 of the VQA-normalised words, each counted once.</summary>
    public static double F1OfSets(string answer, string prediction) => WordF1.Of([.. Words(answer).Distinct()], [.. Words(prediction).Distinct()]);

    private static string[] Words(string text) => PythonText.Split(VqaAnswer.Normalise(text));
}
