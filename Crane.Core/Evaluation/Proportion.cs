using Crane.Core.Evaluation.Statistics;

namespace Crane.Core.Evaluation;

/// <summary>A share of successes with its 95 % Wilson interval: it stays inside 0..1 and does not shrink to nothing at 0 or 1.</summary>
/// <param name="Successes">How many.</param>
/// <param name="Trials">Out of how many.</param>
public readonly record struct Proportion(int Successes, int Trials)
{
    /// <summary>Successes / trials; not a number without trials.</summary>
    public double Mean => (double)Successes / Trials;

    /// <summary>Lower end of the interval.</summary>
    public double Low => ProportionInterval.Wilson(Successes, Trials).Low;

    /// <summary>Upper end of the interval.</summary>
    public double High => ProportionInterval.Wilson(Successes, Trials).High;

    /// <summary>For example "97.5 % [95.0, 98.8] of 280".</summary>
    public override string ToString() => FormattableString.Invariant($"{100 * Mean:f1} % [{100 * Low:f1}, {100 * High:f1}] of {Trials}");
}
