namespace Crane.Core.Evaluation.Statistics;

/// <summary>Two shares from different items. For two methods on the same probes see <see cref="McNemar"/>.</summary>
/// <param name="SuccessesA">Of the first.</param>
/// <param name="TrialsA">Of the first, at least 1.</param>
/// <param name="SuccessesB">Of the second.</param>
/// <param name="TrialsB">Of the second, at least 1.</param>
public readonly record struct TwoProportions(int SuccessesA, int TrialsA, int SuccessesB, int TrialsB)
{
    private double ShareA => (double)SuccessesA / TrialsA;

    private double ShareB => (double)SuccessesB / TrialsB;

    /// <summary>z test with the pooled share (statsmodels <c>proportions_ztest</c>).</summary>
    public TestResult ZTest()
    {
        var pooled = (double)(SuccessesA + SuccessesB) / (TrialsA + TrialsB);
        var z = (ShareA - ShareB) / Math.Sqrt(pooled * (1 - pooled) * (1.0 / TrialsA + 1.0 / TrialsB));
        return new(z, Distributions.NormalTwoSided(z));
    }

    /// <summary>Interval of the difference from the two Wilson intervals (Newcombe 1998, method 10).</summary>
    public Interval Newcombe(double confidence = 0.95)
    {
        var (a, b) = (ProportionInterval.Wilson(SuccessesA, TrialsA, confidence), ProportionInterval.Wilson(SuccessesB, TrialsB, confidence));
        var difference = ShareA - ShareB;
        return new(difference - Hypotenuse(ShareA - a.Low, b.High - ShareB), difference + Hypotenuse(a.High - ShareA, ShareB - b.Low));
    }

    /// <summary>Odds of the first over odds of the second; infinite where the second has no success or the first no failure.</summary>
    public double OddsRatio => (double)SuccessesA * (TrialsB - SuccessesB) / ((double)(TrialsA - SuccessesA) * SuccessesB);

    /// <summary>Fisher's exact test, two-sided: all tables with these margins that are at most as likely (within 1e-7, as in SciPy).</summary>
    public double FisherP()
    {
        var (trialsA, trialsB, successes) = (TrialsA, TrialsB, SuccessesA + SuccessesB);
        var observed = Log(SuccessesA) + 1e-7;
        var (from, to) = (Math.Max(0, successes - trialsB), Math.Min(trialsA, successes));
        return Math.Min(1, Enumerable.Range(from, to - from + 1).Select(Log).Where(log => log <= observed).Sum(Math.Exp));

        double Log(int k) =>
            Distributions.LogChoose(trialsA, k) + Distributions.LogChoose(trialsB, successes - k) - Distributions.LogChoose(trialsA + trialsB, successes);
    }

    /// <summary>Cohen's h: 2 asin √p_A − 2 asin √p_B. 0.2 is small, 0.5 medium, 0.8 large.</summary>
    public double CohensH => 2 * Math.Asin(Math.Sqrt(ShareA)) - 2 * Math.Asin(Math.Sqrt(ShareB));

    private static double Hypotenuse(double a, double b) => Math.Sqrt(a * a + b * b);
}
