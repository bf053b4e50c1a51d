using Crane.Core.Benchmark;
using Crane.Core.Editing;
using Crane.Core.Evaluation;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Model;

namespace Crane.Core.Training.Lab;

/// <summary>Scores the lab's models on edits that no training has met, each beside the model that the training began with.</summary>
/// <param name="nano">The untouched base: independence compares with what it says.</param>
/// <param name="start">The model that trainings begin with.</param>
/// <param name="set">The benchmark.</param>
/// <param name="cases">Which of its edits.</param>
/// <param name="folder">Where answers are kept; a scoring that was stopped goes on.</param>
public sealed class LabScoring(VisionLanguageModel nano, VisionLanguageModel start, BenchmarkSet set, IReadOnlyList<EditCase> cases, string folder)
{
    /// <summary>What stands in the prompt: the right entries; and those with a neighbour's wrong one forced in.</summary>
    public static IReadOnlyList<string> Columns { get; } = [RetrievalColumns.Gold, RetrievalColumns.Adversarial];

    /// <summary>What is measured.</summary>
    public static IReadOnlyList<string> Metrics { get; } =
        [ProbeScores.FormatValidity, ProbeScores.AnswerAccuracy, GroundedSuccess.Id, ProbeScores.IntermediateEntityUsage, ProbeScores.EditIndependence];

    /// <summary>The records of a model.</summary>
    public IReadOnlyList<ProbeRecord> Records(VisionLanguageModel model, string column, IProgress<ProgressUpdate>? progress = null,
        CancellationToken cancellationToken = default) =>
        Ask(model, set.Columns.Method("crane-grpo", column, CranePrompt.Write), Ask(nano, Method.Base, null, progress, cancellationToken), progress,
            cancellationToken);

    /// <summary>All scores of a model.</summary>
    /// <param name="model">A trained one, or the start itself.</param>
    /// <param name="progress">One report a batch.</param>
    /// <param name="cancellationToken">Ends the scoring; the next call goes on.</param>
    public IReadOnlyList<LabScore> Of(VisionLanguageModel model, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellationToken = default)
    {
        var scores = new List<LabScore>();
        foreach (var column in Columns)
        {
            var (before, after) = (Records(start, column, progress, cancellationToken), Records(model, column, progress, cancellationToken));
            var lines = RunSummary.Of(after, Method.Base, "single", new([], "", "", 0))
                .Where(line => (line.Level, line.Stratum, line.Modality) == (RunSummary.All, RunSummary.All, RunSummary.All))
                .ToDictionary(line => line.Metric);
            foreach (var metric in Metrics.Where(lines.ContainsKey))
            {
                var (line, change) = (lines[metric], RunComparison.Of(before, after, metric)[^1]);
                scores.Add(new(column, metric, line.Mean, line.Low, line.High, line.N, line.Clusters, Rounded(change.Difference), Rounded(change.Low),
                    Rounded(change.High)));
            }
        }
        return scores;
    }

    /// <summary>A line for the file of results.</summary>
    /// <param name="training">What was trained.</param>
    /// <param name="settings">How.</param>
    /// <param name="split">Of the benchmark.</param>
    /// <param name="repository">A folder of the checkout: its commit is recorded.</param>
    /// <param name="progress">One report a batch.</param>
    /// <param name="cancellationToken">Ends the scoring; the next call goes on.</param>
    public LabRun Conclude(LabTraining training, LabSettings settings, string split, string repository, IProgress<ProgressUpdate>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var scores = Of(training.Model, progress, cancellationToken);
        var times = Columns.SelectMany(column => RunLog<GroupTime>.Read(Path.Combine(Place(training.Model, column), EvaluationRun.TimesFile)));
        var weights = training.Variant.Reward.Terms.ToDictionary(term => term.Name, term => term.Weight);
        return new(training.Variant.Name, weights, settings, WeightHash.Of(start.Model)[..12], split, scores, Curves(training), CodeOrigin.Commit(repository),
            CodeOrigin.Machine(), Math.Round(training.Seconds, 1), Math.Round(times.Sum(time => time.ProbeSeconds), 1));
    }

    private static Dictionary<string, double[]> Curves(LabTraining training)
    {
        (string Name, string Logged)[] numbers = [.. training.Variant.Reward.Terms.Select(term => (term.Name, $"rewards/{term.Name}/mean")),
            ("reward", "reward"), ("tokens", "completions/mean_length"), ("entropy", "entropy"), ("flat", "frac_reward_zero_std")];
        return numbers.ToDictionary(number => number.Name, number => training.Curve(number.Logged).Select(value => Math.Round(value, 4)).ToArray());
    }

    private IReadOnlyList<ProbeRecord> Ask(VisionLanguageModel model, Method method, IReadOnlyList<ProbeRecord>? untouched, IProgress<ProgressUpdate>? progress,
        CancellationToken cancellationToken) =>
        EvaluationRun.Run(model, method, cases, RunConfig.Single, Place(model, method.Retrieval), untouched, progress, cancellationToken);

    private string Place(VisionLanguageModel model, string column) => Path.Combine(folder, $"{cases.Count}-{column}-{WeightHash.Of(model.Model)[..12]}");

    private static double Rounded(double value) => Math.Round(value, 6);
}
