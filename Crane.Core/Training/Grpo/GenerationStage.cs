using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>The first half of GRPO: prompts → completions → rewards → advantages, with the log-probabilities that the loss will compare with.</summary>
internal sealed class GenerationStage(CausalModel model, IPromptCodec codec, IReadOnlyList<GrpoPrompt> prompts, IReadOnlyList<RewardFunction> rewards,
    GrpoConfig config, IRolloutSource source, ReferencePolicy? reference)
{
    private readonly RepeatSampler sampler = new(prompts.Count, config.NumGenerations, config.PromptsPerGeneration, config.MicroBatchesPerGeneration,
        config.ShuffleDataset, config.Seed);
    private readonly Dictionary<int, EncodedPrompt> encoded = [];

    /// <summary>Micro batches of an epoch.</summary>
    public int MicroBatchesOfAnEpoch => sampler.GroupsOfAnEpoch * config.MicroBatchesPerGeneration;

    /// <summary>The order in which micro batches take the rows of a generation; null: shuffled by the seed.</summary>
    internal Func<int, IReadOnlyList<ScoredRow>, int[]>? Order { get; init; }

    /// <summary>A prompt as the model reads it; prompts of the present generation are kept.</summary>
    public EncodedPrompt Encoded(int prompt) => encoded.TryGetValue(prompt, out var known) ? known : encoded[prompt] = codec.Encode(prompts[prompt].Question);

    /// <summary>Makes a generation batch.</summary>
    /// <param name="number">Counted from 0.</param>
    /// <param name="log">Gets lengths and rewards.</param>
    /// <returns>The batch, and its rollouts for the log (without the step), in the order in which they were written.</returns>
    public (GenerationBatch Batch, IReadOnlyList<RolloutRecord> Records, long Tokens) Make(int number, TrainingLog log)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var chosen = sampler.Group(number);
        encoded.Clear();
        var written = source.Write([.. chosen.Select(Encoded)], config.NumGenerations, Seeds.Mix(config.Seed, number), CancellationToken.None);
        if (written.Count != chosen.Length * config.NumGenerations) 
            throw new InvalidOperationException($"The source wrote {written.Count} completions for {chosen.Length} prompts × {config.NumGenerations} "
                + "generations.");
        WrittenTokens.Check(written, config.NumGenerations);
        int[] prompt = [.. chosen.SelectMany(index => Enumerable.Repeat(index, config.NumGenerations))];
        Rollout[] rollouts = [.. written.Select((w, i) => new Rollout(prompts[prompt[i]], w.Ids, codec.Decode(w.Ids), Terminated(w.Ids)))];
        var scores = RolloutScores.Of(rollouts, prompt, [.. rollouts.Select(r => r.Ids.Length)], rewards, config.NumGenerations, config);
        foreach (var (name, value) in scores.Metrics) log.Add(name, value);
        ScoredRow[] rows = [.. rollouts.Select((r, i) =>
            new ScoredRow(prompt[i], r.Ids, scores.Advantages[i], r.Terminated
            || !config.MaskTruncatedCompletions) { SamplingLogProbs = written[i].LogProbs })];
        rows = WithOtherPolicies(rows);
        if (!source.IsPolicy) foreach (var (name, value) in SamplerMetrics.Of(PolicyScores.Batch(rows, 0, config, CPU))) log.Add(name, value);
        var tokens = rows.Where(row => row.Counts).Sum(row => (long)row.Ids.Length);
        var order = Order?.Invoke(number, rows) ?? Shuffled(rows.Length, number);
        return (new(number, [.. order.Select(i => rows[i])], tokens), scores.Records, rows.Sum(row => (long)row.Ids.Length + Encoded(row.Prompt).Ids.Length));
    }

    private ScoredRow[] WithOtherPolicies(ScoredRow[] rows)
    {
        PolicyRow[] scored = [.. rows.Select(row => new PolicyRow(Encoded(row.Prompt), row.Ids, Counts: row.Counts))];
        float[][] Score(CausalModel by) => PolicyScores.Of(by, scored, config.PerDeviceTrainBatchSize, config.Temperature, codec.PadTokenId);
        if (config.NeedsOldLogProbs || !source.IsPolicy) rows = [.. rows.Zip(Score(model), (row, logProbs) => row with { OldLogProbs = logProbs })];
        if (reference is not null) rows = [.. rows.Zip(reference.With(Score), (row, logProbs) => row with { RefLogProbs = logProbs })];
        return rows;
    }

    private bool Terminated(int[] ids) => codec.EosTokenIds.Contains(ids[^1]) || ids[^1] == codec.PadTokenId;

    private int[] Shuffled(int count, int number)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        Seeds.Random(config.Seed, number, -1).Shuffle(order);
        return order;
    }
}
