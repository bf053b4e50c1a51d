using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Model.Generation;

/// <summary>Why a row ended.</summary>
public enum FinishReason
{
    /// <summary>An end-of-sequence token was written.</summary>
    Stop,

    /// <summary>The limit of new tokens was reached first.</summary>
    Length,
}

/// <summary>What was written for one row.</summary>
/// <param name="Ids">The new tokens, the closing one included.</param>
/// <param name="LogProbs">log p of each token under the raw model (before temperature and the like).</param>
/// <param name="Finish">Why it ended.</param>
public sealed record GeneratedTokens(int[] Ids, float[] LogProbs, FinishReason Finish);

/// <summary>Writes tokens one after the other with a cache of keys and values: prefill, then a step a token.</summary>
public static class TokenGenerator
{
    /// <summary>Continues every row of a batch.</summary>
    /// <param name="model">The model; runs without gradients.</param>
    /// <param name="input">Prompts, padded on the left.</param>
    /// <param name="config">Limits and how to choose. While sampling, placeholders of pictures and videos are never drawn.</param>
    /// <param name="seed">Fixes the draws; row i depends on the seed and i alone, not on its neighbours.</param>
    /// <param name="onToken">Called with (row, token) as they are written, or null.</param>
    /// <param name="cancellationToken">Checked before each token.</param>
    /// <exception cref="ArgumentException">The prompts do not fit the model, or prompt and answer together exceed its context.</exception>
    public static IReadOnlyList<GeneratedTokens> Generate(QwenVl model, ModelInput input, GenerationConfig config, int seed = 0,
        Action<int, int>? onToken = null, CancellationToken cancellationToken = default)
    {
        config.Checked();
        var (rows, prompt) = ((int)input.InputIds.shape[0], input.InputIds.shape[1]);
        var capacity = prompt + config.MaxNewTokens;
        if (capacity > model.Config.Text.MaxPositionEmbeddings)
            throw new ArgumentException($"A prompt of {prompt} tokens and {config.MaxNewTokens} new ones exceed the context of {model.Config.Text.MaxPositionEmbeddings}.", nameof(input));
        if (input.AttentionMask is not null && input.AttentionMask[.., -1].ne(0).all().item<bool>() is false)
            throw new ArgumentException("A prompt is padded on the right; prompts to be continued are padded on the left.", nameof(input));
        using var none = no_grad();
        using var scope = NewDisposeScope();
        using var cache = new KvCache(model.Config.Text, rows, capacity, model.Type, model.Device);
        var state = new Batch(rows, config, seed, model);
        var (hidden, next) = model.Hidden(input, cache);
        var positions = tensor(next, device: model.Device);                                     // [rows]
        var seen = ones([rows, 1, 1, capacity], dtype: ScalarType.Bool, device: model.Device);
        if (input.AttentionMask is not null) seen[.., 0, 0, ..(int)prompt] = input.AttentionMask.ne(0);
        var padded = input.AttentionMask?.eq(0).any().item<bool>() ?? false;
        var logits = model.Logits(hidden[.., -1]);                                              // [rows, vocabulary]
        var ids = input.InputIds;
        for (var step = 0; ; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var stepScope = NewDisposeScope();
            var chosen = state.Choose(logits, ids, onToken);                                    // [rows, 1]
            if (state.Finished || step + 1 == config.MaxNewTokens) return state.Results();
            if (config.RepetitionPenalty != 1) Replace(ref ids, cat([ids, chosen], dim: 1), keepOld: step == 0);
            Replace(ref logits, model.Step(chosen, positions + step, padded ? seen[.., .., .., ..(int)(cache.Length + 1)] : null, cache));
        }
    }

    /// <summary>Takes the place of a step's tensor and releases it, so that long texts hold one of each.</summary>
    private static void Replace(ref Tensor tensor, Tensor next, bool keepOld = false)
    {
        if (!keepOld) tensor.Dispose();
        tensor = next.MoveToOuterDisposeScope();
    }

    private sealed class Batch(int rows, GenerationConfig config, int seed, QwenVl model)
    {
        private readonly List<int>[] written = [.. Enumerable.Range(0, rows).Select(_ => new List<int>())];
        private readonly List<float>[] logProbs = [.. Enumerable.Range(0, rows).Select(_ => new List<float>())];
        private readonly bool[] done = new bool[rows];
        private readonly Random[] random = config.DoSample ? [.. Enumerable.Range(0, rows).Select(row => new Random(Seeds.Mix(seed, row)))] : [];
        private readonly Tensor banned = tensor((long[])[model.Config.ImageTokenId, model.Config.VideoTokenId], device: model.Device);

        public bool Finished => done.All(d => d);

        public Tensor Choose(Tensor logits, Tensor seen, Action<int, int>? onToken)
        {
            using var scope = NewDisposeScope();
            logits = logits.to(float32);
            var scores = LogitProcessors.Apply(config.DoSample ? LogitProcessors.Ban(logits, banned) : logits, seen, config);
            var chosen = config.DoSample ? Draw(scores) : scores.argmax(dim: 1, keepdim: true);      // [rows, 1]
            var chances = logits.log_softmax(-1).gather(1, chosen).flatten().cpu().data<float>().ToArray();
            var tokens = chosen.flatten().cpu().data<long>().ToArray();
            for (var row = 0; row < rows; row++)
            {
                if (done[row]) continue;
                var token = (int)tokens[row];
                written[row].Add(token);
                logProbs[row].Add(chances[row]);
                onToken?.Invoke(row, token);
                done[row] = config.EosTokenIds.Contains(token);
            }
            return chosen.MoveToOuterDisposeScope();
        }

        public IReadOnlyList<GeneratedTokens> Results() =>
            [.. Enumerable.Range(0, rows).Select(row => new GeneratedTokens([.. written[row]], [.. logProbs[row]], done[row] ? FinishReason.Stop : FinishReason.Length))];

        private Tensor Draw(Tensor scores)
        {
            var cumulative = scores.to(float64).softmax(-1).cumsum(-1);                         // [rows, vocabulary]
            var at = tensor([.. random.Select(r => r.NextDouble())], [rows, 1], device: scores.device) * cumulative[.., ^1..];
            return searchsorted(cumulative, at, right: true).clamp(max: scores.shape[1] - 1);
        }
    }
}
