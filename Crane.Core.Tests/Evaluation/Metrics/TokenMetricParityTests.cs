using Crane.Core.Evaluation.Metrics;
using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Evaluation.Metrics;

/// <summary>Against EasyEdit and VLKEB on stored logits.</summary>
[Collection(nameof(Torch)), Trait("Category", "Golden")]
public class TokenMetricParityTests
{
    private const double Tolerance = 1e-6;                                          // the references compute in float32

    private static GoldenRecord File => GoldenRecord.Open("metrics", "token_metrics.json").Ignore("how", "versions");

    [Fact]
    public void TeacherForced_EveryCase_EqualsEasyEditAndVlkeb() => WithTensors((file, tensors) =>
    {
        var all = new List<TargetScores>();
        foreach (var golden in file.List("teacher_forced"))
        {
            var name = golden.Text("name");
            var (logits, labels) = (tensors[$"teacher_forced.{name}.logits"], tensors[$"teacher_forced.{name}.labels"]);
            Assert.Equal(golden.Integers("shape"), logits.shape.Select(size => (int)size));
            var scores = TargetScores.Of(logits, labels);
            all.Add(scores);
            foreach (var path in (string[])["easyedit", "easyedit_hf"])
            {
                golden.Close($"{path}_token_accuracy", scores.Accuracy, absolute: Tolerance);
                golden.Close($"{path}_exact_match", scores.ExactMatch, absolute: Tolerance);
            }
            LogProbs(golden.Child("easyedit_masked_log_probs_multimodal"), scores, scores.Accuracy);
            LogProbs(golden.Child("easyedit_masked_log_probs_multimodal_exact"), scores, scores.ExactMatch);
            if (golden.Has("vlkeb_target_only_row0"))
            {
                var target = labels[..1].masked_select(labels[..1].ne(-100)).unsqueeze(0);   // [1, targetLength]
                var only = TargetScores.OfTargetOnly(logits[..1], target);
                LogProbs(golden.Child("vlkeb_target_only_row0"), only, only.Accuracy);
            }
        }
        file.Close("portability_mean_over_questions", TargetScores.Portability(all), absolute: Tolerance);
    }, "locality");

    [Fact]
    public void Locality_EveryCase_EqualsEasyEditAndVlkeb() => WithTensors((file, tensors) =>
    {
        foreach (var golden in file.List("locality"))
        {
            var name = golden.Text("name");
            var (before, after, mask) = (tensors[$"locality.{name}.pre"], tensors[$"locality.{name}.post"], tensors[$"locality.{name}.mask"]);
            foreach (var key in golden.Keys.Where(key => key.EndsWith("_positional_agreement")).ToArray())
                golden.Close(key, LogitLocality.TopKAgreement(before, after, int.Parse(key[3..key.IndexOf('_')])), absolute: Tolerance);
            var ids = golden["top10_ids_last_position"];
            Assert.Equal(ids[0].EnumerateArray().Select(id => id.GetInt64()), LogitLocality.LastTopK(before, ids[0].GetArrayLength()));
            Assert.Equal(ids[1].EnumerateArray().Select(id => id.GetInt64()), LogitLocality.LastTopK(after, ids[1].GetArrayLength()));
            golden.Close("formula_top10_overlap_any_position", LogitLocality.TopKOverlap(before, after, 10), absolute: Tolerance);
            foreach (var key in golden.Keys.Where(key => key.Contains("kl_loc_loss")).ToArray())
                golden.Close(key, LogitLocality.KlDivergence(before, after, mask), absolute: Tolerance);
        }
    }, "teacher_forced", "portability_mean_over_questions");

    [Fact]
    public void Metrics_Scopes_LeaveNoTensorBehind()
    {
        using var outer = NewDisposeScope();
        var logits = randn(2, 6, 11);
        var labels = tensor(new long[,] { { -100, -100, 3, 4, 5, 6 }, { -100, -100, -100, 1, 0, 2 } });
        Assert.Equal(0, Close.LeftBehind(() =>
        {
            TargetScores.Of(logits, labels);
            TargetScores.OfTargetOnly(logits, labels[.., 3..]);
        }) - 1);                                                                    // the slice made here
    }

    [Fact]
    public void Of_WrongShapesOrNoTarget_SaysSo()
    {
        using var outer = NewDisposeScope();
        var logits = randn(1, 3, 5);
        Assert.Contains("[1, 3, 5], labels [1, 2]", Assert.Throws<ArgumentException>(() => TargetScores.Of(logits, zeros(1, 2, ScalarType.Int64))).Message);
        Assert.Contains("No label is left", Assert.Throws<ArgumentException>(() => TargetScores.Of(logits, tensor(new long[,] { { 4, -100, -100 } }))).Message);
        Assert.Contains("below the length", Assert.Throws<ArgumentException>(() => TargetScores.OfTargetOnly(logits, zeros(1, 3, ScalarType.Int64))).Message);
        Assert.Contains("same batch and vocabulary", Assert.Throws<ArgumentException>(() => LogitLocality.TopKAgreement(logits, randn(1, 3, 6), 1)).Message);
        Assert.Contains("covers 3 positions, but only 2",
            Assert.Throws<ArgumentException>(() => LogitLocality.KlDivergence(logits, randn(1, 2, 5), ones(1, 3))).Message);
    }

    private static void LogProbs(GoldenRecord golden, TargetScores scores, double accuracy)
    {
        golden.Close("acc", accuracy, absolute: Tolerance);
        golden.Close("log_prob", scores.LogProb, relative: Tolerance, absolute: Tolerance);
        golden.Close("prob", scores.Prob, absolute: Tolerance);
        golden.Close("n_tokens", scores.Tokens);
        golden.Close("nll", scores.Nll, relative: Tolerance, absolute: Tolerance);
    }

    private static void WithTensors(Action<GoldenRecord, Dictionary<string, Tensor>> compare, params string[] comparedElsewhere)
    {
        using var scope = NewDisposeScope();
        var file = File.Ignore(comparedElsewhere);
        compare(file, SafeTensors.ReadAll(Golden.File("metrics", "token_metrics.safetensors")));
        file.AssertAllRead();
    }
}
