namespace Crane.Core.Evaluation.Statistics;

/// <summary>Agreement of raters beyond chance: 1 is full agreement, 0 what chance gives. NaN where all ratings are the same one.</summary>
public static class Agreement
{
    /// <summary>Cohen's κ of two raters (Cohen 1960).</summary>
    /// <param name="a">A label for each item.</param>
    /// <param name="b">The other rater's, in the same order.</param>
    public static double CohenKappa<T>(IReadOnlyList<T> a, IReadOnlyList<T> b) where T : notnull => Kappa(a, b, (i, j) => i == j ? 0 : 1);

    /// <summary>κ for ordered labels: a disagreement weighs the square of its distance in the sorted labels.</summary>
    public static double CohenKappaQuadratic<T>(IReadOnlyList<T> a, IReadOnlyList<T> b) where T : notnull => Kappa(a, b, (i, j) => (i - j) * (i - j));

    /// <summary>Fleiss' κ (1971) of any number of raters.</summary>
    /// <param name="ratings">[items][raters], each item rated by the same number, at least two.</param>
    /// <exception cref="ArgumentException">Items have different numbers of raters.</exception>
    public static double FleissKappa<T>(IReadOnlyList<IReadOnlyList<T>> ratings) where T : notnull
    {
        var raters = ratings.Count > 0 ? ratings[0].Count : 0;
        if (raters < 2 || ratings.Any(item => item.Count != raters))
            throw new ArgumentException("Every item needs the same number of raters, at least two.", nameof(ratings));
        var observed = ratings.Average(item => item.GroupBy(label => label).Sum(label => label.Count() * (label.Count() - 1.0)) / (raters * (raters - 1.0)));
        var chance = ratings.SelectMany(item => item).GroupBy(label => label).Sum(label => Math.Pow(label.Count() / (double)(ratings.Count * raters), 2));
        return (observed - chance) / (1 - chance);
    }

    // 1 − Σ w·observed / Σ w·expected, w the weight of a disagreement
    private static double Kappa<T>(IReadOnlyList<T> a, IReadOnlyList<T> b, Func<int, int, double> weight) where T : notnull
    {
        Samples.SameLength(a, b);
        var index = a.Concat(b).Distinct().Order().Select((label, i) => (label, i)).ToDictionary(pair => pair.label, pair => pair.i);
        var (ia, ib) = (a.Select(label => index[label]).ToArray(), b.Select(label => index[label]).ToArray());
        var observed = ia.Zip(ib, weight).Sum();
        var expected = ia.Sum(i => ib.Sum(j => weight(i, j))) / a.Count;
        return 1 - observed / expected;
    }
}
