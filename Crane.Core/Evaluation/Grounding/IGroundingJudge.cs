using Crane.Core.Evaluation.Statistics;

namespace Crane.Core.Evaluation.Grounding;

/// <summary>A chain to be judged.</summary>
/// <param name="Think">The chain of thought.</param>
/// <param name="Injected">The entity that the edit brings in.</param>
/// <param name="Old">What was believed before; perhaps nothing.</param>
/// <param name="Path">Entities that the answer needs, in order; at least one.</param>
public sealed record ChainToJudge(string Think, string Injected, IReadOnlyList<string> Old, IReadOnlyList<string> Path);

/// <summary>Says whether a chain takes an edit for true at its end and uses every entity of the path.</summary>
public interface IGroundingJudge
{
    /// <summary>For tables.</summary>
    string Name { get; }

    /// <summary>Judges a chain.</summary>
    ValueTask<Verdict> Judge(ChainToJudge chain, CancellationToken cancellationToken = default);
}

/// <summary>The judge that is a program: <see cref="GroundedSuccess.Grounded"/>.</summary>
public sealed class ProgramJudge : IGroundingJudge
{
    /// <inheritdoc/>
    public string Name => "program";

    /// <inheritdoc/>
    public ValueTask<Verdict> Judge(ChainToJudge chain, CancellationToken cancellationToken = default) =>
        new(GroundedSuccess.Grounded(chain.Think, chain.Path, chain.Injected, chain.Old));
}

/// <summary>Two judges on the same chains.</summary>
/// <param name="Kappa">Cohen's κ; NaN where all verdicts are the same one.</param>
/// <param name="Agreement">Share of equal verdicts.</param>
/// <param name="Disagreements">Chains on which they differ, with both verdicts.</param>
public sealed record JudgeComparison(double Kappa, double Agreement, IReadOnlyList<(ChainToJudge Chain, Verdict First, Verdict Second)> Disagreements)
{
    /// <summary>Lets both judges judge.</summary>
    /// <param name="first">One judge.</param>
    /// <param name="second">The other.</param>
    /// <param name="chains">At least one.</param>
    /// <param name="cancellationToken">Ends it between two chains.</param>
    public static async Task<JudgeComparison> Of(IGroundingJudge first, IGroundingJudge second, IReadOnlyList<ChainToJudge> chains,
        CancellationToken cancellationToken = default)
    {
        if (chains.Count == 0) throw new ArgumentException("There is no chain to judge.", nameof(chains));
        var verdicts = new List<(ChainToJudge Chain, Verdict First, Verdict Second)>();
        foreach (var chain in chains) verdicts.Add((chain, await first.Judge(chain, cancellationToken), await second.Judge(chain, cancellationToken)));
        (ChainToJudge, Verdict, Verdict)[] different = [.. verdicts.Where(v => v.First.Success != v.Second.Success)];
        var kappa = Statistics.Agreement.CohenKappa([.. verdicts.Select(v => v.First.Success)], [.. verdicts.Select(v => v.Second.Success)]);
        return new(kappa, 1 - different.Length / (double)chains.Count, different);
    }
}
