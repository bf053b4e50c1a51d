using Crane.Core.Evaluation.Metrics;

namespace Crane.Core.Tests.Evaluation.Metrics;

/// <summary>Against the SQuAD, VQA, EvalAI, lmms-eval, DEXTER, EasyEdit and MQuAKE evaluators.</summary>
[Trait("Category", "Golden")]
public class StringMetricParityTests
{
    private static GoldenRecord Strings => GoldenRecord.Open("metrics", "string_metrics.json").Ignore("how");

    private static GoldenRecord MultiHop => GoldenRecord.Open("metrics", "multi_hop.json").Ignore("how");

    [Fact]
    public void Files_Keys_AreKnown()
    {
        Assert.Empty(Strings.Keys.Except(["how", "pairs", "several_answers", "vqa_accuracy", "vqa_accuracy_summary"]));
        Assert.Empty(MultiHop.Keys.Except(["how", "batches", "remastered"]));
    }

    [Fact]
    public void Pairs_Every_EqualTheEvaluators() => ForEach(Strings.List("pairs"), golden =>
    {
        var (answer, prediction) = (golden.Text("answer"), golden.Text("prediction"));
        Texts("squad_normalized", SquadAnswer.Normalise);
        Texts("vqa_normalized", VqaAnswer.Normalise);
        Texts("evalai_normalized", VqaAnswer.NormaliseEvalAi);
        golden.Close("squad_em", StringMetrics.ExactMatch.Compare(answer, prediction));
        golden.Close("squad_v2_em", StringMetrics.ExactMatch.Compare(answer, prediction));
        golden.Close("easyedit_em", StringMetrics.ExactMatch.Compare(answer, prediction));
        golden.Close("squad_f1", StringMetrics.SquadF1.Compare(answer, prediction));
        golden.Close("squad_v2_f1", StringMetrics.SquadV2F1.Compare(answer, prediction));
        golden.Close("cover_em", StringMetrics.CoverExactMatch.Compare(answer, prediction));
        golden.Close("anls", StringMetrics.Anls.Compare(answer, prediction));
        golden.Close("levenshtein", EditDistance.Levenshtein(answer, prediction));
        golden.Close("formula_cem_vqa_normalized", StringMetrics.Cem.Compare(answer, prediction));
        golden.Close("formula_cem_lower", AnswerCover.Lower(answer, prediction));
        golden.Close("formula_cem_raw", AnswerCover.Raw(answer, prediction));
        golden.Close("formula_f1_vqa_normalized_multiset", StringMetrics.F1.Compare(answer, prediction));
        golden.Close("formula_f1_vqa_normalized_set", AnswerCover.F1OfSets(answer, prediction));

        void Texts(string key, Func<string, string> normalise) => Assert.Equal(golden.Texts(key), (string[])[normalise(answer), normalise(prediction)]);
    });

    [Fact]
    public void SeveralAnswers_Every_EqualTheBest() => ForEach(Strings.List("several_answers"), golden =>
    {
        var (answers, prediction) = (golden.Texts("answers"), golden.Text("prediction"));
        golden.Close("squad_em", StringMetrics.ExactMatch.Best(answers, prediction));
        golden.Close("squad_f1", StringMetrics.SquadF1.Best(answers, prediction));
        golden.Close("anls", EditDistance.Anls(answers, prediction));
        golden.Close("anls", StringMetrics.Anls.Best(answers, prediction));
        golden.Close("cover_em", StringMetrics.CoverExactMatch.Best(answers, prediction));
    });

    [Fact]
    public void VqaAccuracy_EveryQuestionAndSummary_EqualTheEvaluator()
    {
        var questions = Strings.List("vqa_accuracy");
        var percent = new List<(string Question, string Answer, double Accuracy)>();
        ForEach(questions, golden =>
        {
            var accuracy = 100 * VqaAnswer.Accuracy(golden.Texts("humans"), golden.Text("prediction"));
            golden.Close("accuracy_percent", accuracy, absolute: 0.005 + 1e-9);     // the reference rounds to two digits
            percent.Add((golden.Text("question_type"), golden.Text("answer_type"), accuracy));
        });
        var summary = Strings.Child("vqa_accuracy_summary");
        summary.Close("overall", percent.Average(p => p.Accuracy), absolute: 0.005 + 1e-9);
        Groups("perQuestionType", p => p.Question);
        Groups("perAnswerType", p => p.Answer);
        summary.AssertAllRead();

        void Groups(string key, Func<(string Question, string Answer, double Accuracy), string> type)
        {
            var child = summary.Child(key);
            foreach (var group in percent.GroupBy(type)) child.Close(group.Key, group.Average(p => p.Accuracy), absolute: 0.005 + 1e-9);
        }
    }

    [Fact]
    public void MultiHop_EveryBatch_EqualsMquake()
    {
        var golden = MultiHop;
        var (batches, remastered) = (golden.List("batches"), golden.List("remastered"));
        Assert.NotEmpty(batches);
        for (var b = 0; b < batches.Count; b++)
        {
            var replies = batches[b]["replies"];
            var cases = batches[b].List("cases")
                .Select((item, i) => new MultiHopCase(item.Ignore("questions").Text("new_answer"), item.Texts("new_answer_alias"),
                [.. replies[i].EnumerateArray().Select(reply => reply.GetString())])).ToArray();
            batches[b].Close("correct", cases.Count(MultiHopAccuracy.IsRight));
            batches[b].Close("total", cases.Length);
            batches[b].Close("accuracy", cases.Average(item => MultiHopAccuracy.IsRight(item) ? 1.0 : 0));
            foreach (var (type, rest) in new[] { ("edited", 0), ("unedited", 1) })
            {
                var own = cases.Where((_, i) => i % 2 == rest).ToArray();
                remastered[b].Close(type, [own.Count(MultiHopAccuracy.IsRightRemastered), own.Length]);
            }
        }
        golden.AssertAllRead();
    }

    private static void ForEach(IReadOnlyList<GoldenRecord> cases, Action<GoldenRecord> compare)
    {
        Assert.NotEmpty(cases);
        foreach (var golden in cases)
        {
            compare(golden);
            golden.AssertAllRead();
        }
    }
}
