namespace Crane.Core.Benchmark;

/// <summary>How firmly a model holds the old belief, measured before the edit.</summary>
/// <param name="OldAnswerShare">Share of sampled answers that are the old one, 0..1.</param>
/// <param name="MeanProbability">Mean probability of the old answer's tokens, 0..1.</param>
public sealed record Conviction(double OldAnswerShare, double MeanProbability);

/// <summary>Sorts edits by conviction. The thresholds are data: both conditions of a stratum have to hold, otherwise the weaker one applies.</summary>
/// <param name="StrongShare">Least share of old answers for strong.</param>
/// <param name="StrongProbability">Least mean probability for strong.</param>
/// <param name="WeakShare">Least share of old answers for weak.</param>
/// <param name="WeakProbability">Least mean probability for weak.</param>
public sealed record Strata(double StrongShare = 1, double StrongProbability = 0.9, double WeakShare = 0.2, double WeakProbability = 0.1)
{
    /// <summary>Ids of the strata: the model does not hold the old belief, holds it loosely, or gives it in every sample with high probability.</summary>
    public const string None = "none", Weak = "weak", Strong = "strong";

    /// <summary>The stratum of a conviction.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is not in 0..1.</exception>
    public string Of(Conviction conviction)
    {
        if (conviction.OldAnswerShare is not (>= 0 and <= 1) || conviction.MeanProbability is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(conviction),
                $"Share and probability are in 0..1, found {conviction.OldAnswerShare} and {conviction.MeanProbability}.");
        if (conviction.OldAnswerShare >= StrongShare && conviction.MeanProbability >= StrongProbability) return Strong;
        return conviction.OldAnswerShare >= WeakShare && conviction.MeanProbability >= WeakProbability ? Weak : None;
    }
}
