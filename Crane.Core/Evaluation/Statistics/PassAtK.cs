namespace Crane.Core.Evaluation.Statistics;

/// <summary>From n sampled completions of which c are right.</summary>
public static class PassAtK
{
    /// <summary>Chance that at least one of k drawn without replacement is right: 1 − C(n − c, k) / C(n, k) (Chen et al. 2021, eq. 1).</summary>
    public static double AtLeastOne(int n, int c, int k)
    {
        Check(n, c, k);
        return 1 - Ratio(n - c, n, k);
    }

    /// <summary>Chance that all k are right ("pass^k"): C(c, k) / C(n, k).</summary>
    public static double All(int n, int c, int k)
    {
        Check(n, c, k);
        return Ratio(c, n, k);
    }

    // C(part, k) / C(n, k) as a product of k shares; it meets a zero where part < k
    private static double Ratio(int part, int n, int k)
    {
        var product = 1.0;
        for (var i = 0; i < k && product > 0; i++) product *= Math.Max(0, part - i) / (double)(n - i);
        return product;
    }

    private static void Check(int n, int c, int k)
    {
        if (c < 0 || c > n || k < 1 || k > n) throw new ArgumentException($"pass@k needs 0 ≤ c ≤ n and 1 ≤ k ≤ n; n is {n}, c is {c}, k is {k}.");
    }
}
