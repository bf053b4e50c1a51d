namespace Crane.Core.Evaluation;

/// <summary>A share of successes with its 95 % Wilson interval (Wilson 1927): it stays inside 0..1 and does not shrink to nothing at 0 or 1.</summary>
/// <param name="Successes">How many.</param>
/// <param name="Trials">Out of how many.</param>
public readonly record struct Proportion(int Successes, int Trials)
{
    private const double Z = 1.959963984540054;

    /// <summary>Successes / trials; not a number without trials.</summary>
    public double Mean => (double)Successes / Trials;

    /// <summary>Lower end of the interval.</summary>
    public double Low => Successes == 0 ? 0 : Centre - Half;

    /// <summary>Upper end of the interval.</summary>
    public double High => Successes == Trials ? 1 : Centre + Half;

    private double Centre => (Mean + Z * Z / (2 * Trials)) / (1 + Z * Z / Trials);

    private double Half => Z / (1 + Z * Z / Trials) * Math.Sqrt(Mean * (1 - Mean) / Trials + Z * Z / (4.0 * Trials * Trials));

    /// <summary>For example "97.5 % [95.0, 98.8] of 280".</summary>
    public override string ToString() => FormattableString.Invariant($"{100 * Mean:f1} % [{100 * Low:f1}, {100 * High:f1}] of {Trials}");
}
