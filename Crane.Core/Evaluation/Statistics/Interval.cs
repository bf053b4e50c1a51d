namespace Crane.Core.Evaluation.Statistics;

/// <summary>An interval of the real line, in the unit of what it is about.</summary>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end, not below the lower one.</param>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>Difference of the ends.</summary>
    public double Width => High - Low;

    /// <summary>Centre ± half.</summary>
    public static Interval Around(double centre, double half) => new(centre - half, centre + half);

    /// <summary>Cut to what a share can be, [0, 1].</summary>
    public Interval WithinShares() => new(Math.Clamp(Low, 0, 1), Math.Clamp(High, 0, 1));

    /// <summary>For example "[0.25, 0.37]".</summary>
    public override string ToString() => FormattableString.Invariant($"[{Low:g4}, {High:g4}]");
}

/// <summary>What a test of a hypothesis gives.</summary>
/// <param name="Statistic">The statistic, as its test defines it.</param>
/// <param name="PValue">Two-sided, in [0, 1].</param>
public readonly record struct TestResult(double Statistic, double PValue);
