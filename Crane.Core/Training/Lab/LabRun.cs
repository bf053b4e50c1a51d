namespace Crane.Core.Training.Lab;

/// <summary>A measure of a trained variant, beside the model that the training began with.</summary>
/// <param name="Retrieval">What stood in the prompt: an id of <see cref="Evaluation.Runs.RetrievalColumns"/>.</param>
/// <param name="Metric">For example <c>generated/grounded-success</c>.</param>
/// <param name="Mean">In 0..1.</param>
/// <param name="Low">Lower end of the 95 % interval, clustered by edit.</param>
/// <param name="High">Upper end.</param>
/// <param name="Probes">Probes that have the metric.</param>
/// <param name="Edits">Their edits.</param>
/// <param name="Difference">Mean − mean of the start, on the same probes.</param>
/// <param name="DifferenceLow">Lower end of its 95 % interval, paired by probe and clustered by edit.</param>
/// <param name="DifferenceHigh">Upper end.</param>
public sealed record LabScore(string Retrieval, string Metric, double Mean, double Low, double High, int Probes, int Edits, double Difference,
    double DifferenceLow, double DifferenceHigh);

/// <summary>What a training with one variant came to: a line of <c>data/results/reward-lab.jsonl</c>.</summary>
/// <param name="Variant">Its name.</param>
/// <param name="Weights">Of the components.</param>
/// <param name="Settings">How it was trained.</param>
/// <param name="Base">Hash of the weights that it began with.</param>
/// <param name="Split">Where the scores are from.</param>
/// <param name="Scores">Of the weights after the last step.</param>
/// <param name="Curves">Means over the answers of each step: <c>reward</c>, a curve a component, <c>tokens</c> of an answer, <c>entropy</c> in nats a token,
/// and <c>flat</c>, the share of
/// answers in groups without spread.</param>
/// <param name="Commit">Of the code.</param>
/// <param name="Machine">Processor and cores.</param>
/// <param name="TrainSeconds">Wall time of the training.</param>
/// <param name="ScoreSeconds">Wall time of the scoring.</param>
public sealed record LabRun(string Variant, IReadOnlyDictionary<string, double> Weights, LabSettings Settings, string Base, string Split,
    IReadOnlyList<LabScore> Scores,
    IReadOnlyDictionary<string, double[]> Curves, string Commit, string Machine, double TrainSeconds, double ScoreSeconds)
{
    /// <summary>The score of a metric.</summary>
    /// <exception cref="ArgumentException">The run does not have it.</exception>
    public LabScore Score(string retrieval, string metric) => Scores.FirstOrDefault(score => score.Retrieval == retrieval && score.Metric == metric)
        ?? throw new ArgumentException($"The run '{Variant}' has no {metric} under retrieval {retrieval}; it has "
            + $"{string.Join(", ", Scores.Select(score => $"{score.Metric} ({score.Retrieval})"))}.", nameof(metric));

    /// <summary>The curve of a component, or of another number of a step.</summary>
    /// <exception cref="ArgumentException">The run does not have it.</exception>
    public double[] Curve(string name) => Curves.TryGetValue(name, out var curve) ? curve
        : throw new ArgumentException($"The run '{Variant}' has no curve '{name}'; it has {string.Join(", ", Curves.Keys)}.", nameof(name));
}
