using Crane.Core.Model;
using Crane.Core.Vision;
using Microsoft.Extensions.AI;

namespace Crane.Core.Training.Grpo;

/// <summary>What rewards say about a policy that is not trained.</summary>
/// <param name="Metrics">Numbers under TRL's names, with <c>eval_</c> in front.</param>
/// <param name="Rollouts">The completions with their rewards; the step is 0.</param>
public sealed record EvaluationResult(IReadOnlyDictionary<string, double> Metrics, IReadOnlyList<RolloutRecord> Rollouts);

/// <summary>Scores a policy on prompts that are held out.</summary>
public static class GrpoEvaluation
{
    /// <summary>Scores a model of the kit, or another source of tokens.</summary>
    /// <param name="source">Writes completions, for example <see cref="PolicyRollouts"/>.</param>
    /// <param name="codec">Its tokens.</param>
    /// <param name="prompts">What is asked.</param>
    /// <param name="rewards">What judges.</param>
    /// <param name="config">Completions a prompt (num_generations_eval), weights and how to normalise.</param>
    /// <param name="seed">Fixes the samples.</param>
    /// <param name="cancellationToken">Checked between tokens.</param>
    public static EvaluationResult Of(IRolloutSource source, IPromptCodec codec, IReadOnlyList<GrpoPrompt> prompts, IReadOnlyList<RewardFunction> rewards,
        GrpoConfig config, int seed = 0, CancellationToken cancellationToken = default)
    {
        var generations = config.NumGenerationsEval ?? config.NumGenerations;
        var written = source.Write([.. prompts.Select(prompt => codec.Encode(prompt.Question))], generations, seed, cancellationToken);
        WrittenTokens.Check(written, generations);
        Rollout[] rollouts = [.. written.Select((w, i) =>
            new Rollout(prompts[i / generations], w.Ids, codec.Decode(w.Ids), codec.EosTokenIds.Contains(w.Ids[^1]) || w.Ids[^1] == codec.PadTokenId))];
        return Score(rollouts, [.. written.Select(w => w.Ids.Length)], rewards, generations, config);
    }

    /// <summary>Scores a served model.</summary>
    /// <param name="client">The server; gets the picture as PNG, then the words.</param>
    /// <param name="prompts">What is asked.</param>
    /// <param name="rewards">What judges; a rollout of a server has text and no tokens.</param>
    /// <param name="config">Completions a prompt (num_generations_eval), their longest length, temperature, weights.</param>
    /// <param name="seed">Handed to the server, another for each completion.</param>
    /// <param name="cancellationToken">Passed on.</param>
    public static async Task<EvaluationResult> OfAsync(IChatClient client, IReadOnlyList<GrpoPrompt> prompts, IReadOnlyList<RewardFunction> rewards,
        GrpoConfig config, int seed = 0, CancellationToken cancellationToken = default)
    {
        var generations = config.NumGenerationsEval ?? config.NumGenerations;
        var (rollouts, lengths) = (new List<Rollout>(), new List<int>());
        foreach (var prompt in prompts)
            for (var generation = 0; generation < generations; generation++)
            {
                var options = new ChatOptions { MaxOutputTokens = config.MaxCompletionLength, Temperature = (float)config.Temperature,
                    TopP = (float)config.TopP, Seed = Seeds.Mix(seed, rollouts.Count) };
                var response = await client.GetResponseAsync([Message(prompt.Question)], options, cancellationToken).ConfigureAwait(false);
                rollouts.Add(new(prompt, [], response.Text, response.FinishReason != ChatFinishReason.Length));
                lengths.Add((int)(response.Usage?.OutputTokenCount ?? 0));
            }
        return Score([.. rollouts], [.. lengths], rewards, generations, config);
    }

    private static ChatMessage Message(Question question)
    {
        AIContent[] picture = question.Picture is null ? [] : [new DataContent(PictureFile.ToPng(question.Picture), "image/png")];
        return new(ChatRole.User, [.. picture, new TextContent(question.Text)]);
    }

    private static EvaluationResult Score(Rollout[] rollouts, int[] lengths, IReadOnlyList<RewardFunction> rewards, int generations, GrpoConfig config)
    {
        var scores = RolloutScores.Of(rollouts, [.. Enumerable.Range(0, rollouts.Length).Select(i => i / generations)], lengths, rewards, generations, config);
        return new(scores.Metrics.ToDictionary(metric => "eval_" + metric.Key, metric => metric.Value), scores.Records);
    }
}
