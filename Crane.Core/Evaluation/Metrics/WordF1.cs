namespace Crane.Core.Evaluation.Metrics;

/// <summary>F1 of two lists of words: harmonic mean of the share of the prediction that is in the answer and of the answer that is in the prediction.</summary>
public static class WordF1
{
    /// <summary>Words counted with repetition; 0 where none is shared.</summary>
    public static double Of(IReadOnlyCollection<string> answer, IReadOnlyCollection<string> prediction)
    {
        var left = answer.CountBy(word => word).ToDictionary(StringComparer.Ordinal);
        var shared = 0;
        foreach (var word in prediction)
            if (left.TryGetValue(word, out var count) && count > 0)
            {
                left[word] = count - 1;
                shared++;
            }
        return 2.0 * shared / Math.Max(1, answer.Count + prediction.Count);
    }
}
