namespace Crane.Core.Evaluation.Statistics;

/// <summary>What a retriever brought for one query, against what is relevant. Definitions as in ranx.</summary>
public sealed class RankedList
{
    private readonly int[] grades;                                                  // of the retrieved, best score first
    private readonly int[] ideal;                                                   // of all relevant, highest first

    /// <summary>Ranks what was retrieved; equal scores keep their order.</summary>
    /// <param name="relevant">Grade of each relevant document, at least 1; the others have none.</param>
    /// <param name="scores">Score of each retrieved document.</param>
    public RankedList(IReadOnlyDictionary<string, int> relevant, IEnumerable<KeyValuePair<string, double>> scores)
    {
        grades = [.. scores.OrderByDescending(entry => entry.Value).Select(entry => relevant.GetValueOrDefault(entry.Key))];
        ideal = [.. relevant.Values.Where(grade => grade > 0).OrderDescending()];
    }

    /// <summary>DCG over its best value, gains = grades (Järvelin and Kekäläinen 2002). 0 where nothing is relevant.</summary>
    public double Ndcg(int k) => Ndcg(k, grade => grade);

    /// <summary>The same with gains 2^grade − 1 (Burges et al. 2005).</summary>
    public double NdcgBurges(int k) => Ndcg(k, grade => Math.Pow(2, grade) - 1);

    /// <summary>The ideal is taken among the retrieved documents alone (scikit-learn <c>ndcg_score</c> on a list of candidates).</summary>
    public double NdcgWithinRetrieved(int k)
    {
        var best = Gain([.. grades.OrderDescending()], k, grade => grade);
        return best == 0 ? 0 : Gain(grades, k, grade => grade) / best;
    }

    /// <summary>1 / rank of the first relevant document among the first k; 0 if there is none.</summary>
    public double ReciprocalRank(int k = int.MaxValue) => Array.FindIndex(grades, grade => grade > 0) is >= 0 and var at && at < k ? 1.0 / (at + 1) : 0;

    /// <summary>Share of the relevant documents that are among the first k.</summary>
    public double Recall(int k) => Share(Hits(k), ideal.Length);

    /// <summary>Share of k places that hold a relevant document, whether or not k were retrieved.</summary>
    public double Precision(int k) => Share(Hits(k), k);

    /// <summary>Precision at the number of relevant documents.</summary>
    public double RPrecision => Precision(ideal.Length);

    /// <summary>1 if a relevant document is among the first k.</summary>
    public double HitRate(int k) => Hits(k) > 0 ? 1 : 0;

    /// <summary>Harmonic mean of precision and recall at k.</summary>
    public double F1(int k) => Share(2 * Hits(k), k + ideal.Length);

    /// <summary>Mean over the relevant documents of the precision at their rank; those not among the first k count 0.</summary>
    public double AveragePrecision(int k = int.MaxValue) =>
        ideal.Length == 0 ? 0 : grades.Take(k).Select((grade, i) => grade > 0 ? Precision(i + 1) : 0).Sum() / ideal.Length;

    private int Hits(int k) => grades.Take(k).Count(grade => grade > 0);

    private double Ndcg(int k, Func<int, double> gain) => ideal.Length == 0 ? 0 : Gain(grades, k, gain) / Gain(ideal, k, gain);

    private static double Gain(int[] ranked, int k, Func<int, double> gain) => ranked.Take(k).Select((grade, i) => gain(grade) / Math.Log2(i + 2)).Sum();

    private static double Share(int part, int whole) => whole == 0 ? 0 : part / (double)whole;
}
