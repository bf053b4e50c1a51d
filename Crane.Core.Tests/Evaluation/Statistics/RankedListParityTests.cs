using Crane.Core.Evaluation.Statistics;

namespace Crane.Core.Tests.Evaluation.Statistics;

/// <summary>Against ranx and scikit-learn.</summary>
[Trait("Category", "Golden")]
public class RankedListParityTests
{
    private const string File = "stats/information_retrieval.json";

    private static readonly Dictionary<string, Func<RankedList, int?, double>> Metrics = new()
    {
        ["ndcg"] = (list, k) => list.Ndcg(k!.Value), ["ndcg_burges"] = (list, k) => list.NdcgBurges(k!.Value),
        ["mrr"] = (list, k) => list.ReciprocalRank(k ?? int.MaxValue), ["map"] = (list, k) => list.AveragePrecision(k ?? int.MaxValue),
        ["recall"] = (list, k) => list.Recall(k!.Value), ["precision"] = (list, k) => list.Precision(k!.Value), ["hit_rate"] = (list, k) =>
            list.HitRate(k!.Value),
        ["f1"] = (list, k) => list.F1(k!.Value), ["r-precision"] = (list, _) => list.RPrecision,
    };

    public static TheoryData<int, string> Cases() => GoldenRecord.Cases(File);

    [Theory, MemberData(nameof(Cases))]
    public void RankedList_Case_EqualsRanx(int index, string list)
    {
        var golden = GoldenRecord.Case(File, index).Ignore("graded");
        var (qrels, run) = (golden.Child("qrels"), golden.Child("run"));
        var lists = qrels.Keys.ToDictionary(query => query, query => new RankedList(Grades(qrels, query), run.Has(query) ? Scores(run, query) : []));
        Assert.True(lists.Count > 0, list);
        foreach (var query in run.Keys) _ = run[query];
        GoldenRecord perQuery = golden.Child("per_query"), means = golden.Child("mean");
        foreach (var name in perQuery.Keys.ToArray())
        {
            var parts = name.Split('@');
            var (metric, k) = (Metrics[parts[0]], parts.Length > 1 ? int.Parse(parts[1]) : (int?)null);
            var values = perQuery.Child(name);
            foreach (var query in values.Keys.ToArray()) values.Close(query, metric(lists[query], k));
            means.Close(name, lists.Values.Average(ranked => metric(ranked, k)));
        }
        var within = golden.Child("sklearn_ndcg@5_within_retrieved");
        foreach (var query in within.Keys.ToArray()) within.Close(query, lists[query].NdcgWithinRetrieved(5));
        golden.AssertAllRead();
    }

    private static Dictionary<string, int> Grades(GoldenRecord qrels, string query) =>
        qrels[query].EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetInt32());

    private static Dictionary<string, double> Scores(GoldenRecord run, string query) =>
        run[query].EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetDouble());
}
