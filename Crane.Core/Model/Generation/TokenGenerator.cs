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

/// <summary>Writes tokens one after the other: prefill, then a step a token.</summary>
public static class TokenGenerator
{
    /// <summary>Continues every row of a batch.</summary>
    /// <param name="model">The model; runs without gradients.</param>
    /// <param name="input">Prompts, padded on the left.</param>
    /// <param name="config">Limits and how to choose. While sampling, placeholders of pictures and videos are never drawn.</param>
    /// <param name="seed">Fixes the draws; row i depends on the seed and i alone, not on its neighbours.</param>
    /// <param name="onToken">Called with (row, token) as they are written, or null; not with beams, which change their minds.</param>
    /// <param name="cancellationToken">Checked before each token.</param>
    /// <returns>One a row; with beams the best (<see cref="BeamSearch"/> returns several).</returns>
    /// <exception cref="ArgumentException">The prompts do not fit the model, or prompt and answer together exceed its context.</exception>
    public static IReadOnlyList<GeneratedTokens> Generate(QwenVl model, ModelInput input, GenerationConfig config, int seed = 0,
        Action<int, int>? onToken = null, CancellationToken cancellationToken = default) =>
        GenerateSeeded(model, input, config, [.. Enumerable.Range(0, (int)input.InputIds.shape[0]).Select(row => Seeds.Mix(seed, row))], onToken,
            cancellationToken);

    /// <summary>Continues every row of a batch, each with draws of its own.</summary>
    /// <param name="model">The model; runs without gradients.</param>
    /// <param name="input">Prompts, padded on the left.</param>
    /// <param name="config">Limits and how to choose.</param>
    /// <param name="rowSeeds">One seed a row: the draws of a row depend on it alone, whatever batch the row stands in.</param>
    /// <param name="onToken">Called with (row, token) as they are written, or null; not with beams.</param>
    /// <param name="cancellationToken">Checked before each token.</param>
    /// <returns>One a row; with beams the best.</returns>
    /// <exception cref="ArgumentException">There is not one seed a row, the prompts do not fit the model, or prompt and answer together exceed its
    /// context.</exception>
    public static IReadOnlyList<GeneratedTokens> GenerateSeeded(QwenVl model, ModelInput input, GenerationConfig config, IReadOnlyList<int> rowSeeds,
        Action<int, int>? onToken = null, CancellationToken cancellationToken = default)
    {
        if (rowSeeds.Count != input.InputIds.shape[0])
            throw new ArgumentException($"The batch has {input.InputIds.shape[0]} rows, but {rowSeeds.Count} seeds were given.", nameof(rowSeeds));
        if (config.Checked().NumBeams > 1) return [.. BeamSearch.Generate(model, input, config, cancellationToken).Select(row => row[0].Tokens)];
        using var none = no_grad();
        using var scope = NewDisposeScope();
        using var decoding = new Decoding(model, input, config);
        var state = new Batch(rowSeeds, config, model);
        for (var written = 0; ; written++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            var chosen = state.Choose(decoding, written, onToken);                              // [rows, 1]
            if (state.Finished || written + 1 == config.MaxNewTokens) return state.Results();
            decoding.Step(state.DropEnded(decoding, chosen));
        }
    }

    private sealed class Batch(IReadOnlyList<int> rowSeeds, GenerationConfig config, QwenVl model)
    {
        private readonly List<int>[] written = [.. rowSeeds.Select(_ => new List<int>())];
        private readonly List<float>[] logProbs = [.. rowSeeds.Select(_ => new List<float>())];
        private readonly bool[] done = new bool[rowSeeds.Count];
        private int[] open = [.. Enumerable.Range(0, rowSeeds.Count)];                          // the rows that still stand in the batch, by their number
        private readonly Random[] random = config.DoSample ? [.. rowSeeds.Select(seed => new Random(seed))] : [];
        private readonly Tensor banned = tensor((long[])[model.Config.ImageTokenId, model.Config.VideoTokenId], device: model.Device);

        public bool Finished => done.All(d => d);

        public Tensor Choose(Decoding decoding, int step, Action<int, int>? onToken)
        {
            using var scope = NewDisposeScope();
            var logits = decoding.Logits.to(float32);
            var scores = LogitProcessors.Apply(config.DoSample ? LogitProcessors.Ban(logits, banned) : logits, decoding.Seen, config, step);
            var chosen = config.DoSample ? Draw(scores) : scores.argmax(dim: 1, keepdim: true);      // [rows, 1]
            var chances = logits.log_softmax(-1).gather(1, chosen).flatten().cpu().data<float>().ToArray();
            var tokens = chosen.flatten().cpu().data<long>().ToArray();
            foreach (var (place, row) in open.Index())
            {
                if (done[row]) continue;
                var token = (int)tokens[place];
                written[row].Add(token);
                logProbs[row].Add(chances[place]);
                onToken?.Invoke(row, token);
                done[row] = config.EosTokenIds.Contains(token);
            }
            return chosen.MoveToOuterDisposeScope();
        }

        /// <summary>Takes rows that have ended out of the batch where that pays.</summary>
        /// <returns>The tokens of the rows that stay, in their places.</returns>
        public Tensor DropEnded(Decoding decoding, Tensor chosen)
        {
            if (decoding.Drop([.. open.Select(row => done[row])]) is not { } kept) return chosen;
            open = [.. kept.Select(place => open[place])];
            return chosen.index_select(0, tensor([.. kept.Select(place => (long)place)], device: chosen.device));
        }

        public IReadOnlyList<GeneratedTokens> Results() =>
            [.. Enumerable.Range(0, done.Length)
                .Select(row => new GeneratedTokens([.. written[row]], [.. logProbs[row]], done[row] ? FinishReason.Stop : FinishReason.Length))];

        private Tensor Draw(Tensor scores)
        {
            var cumulative = scores.to(float64).softmax(-1).cumsum(-1);                         // [rows, vocabulary]
            var at = tensor([.. open.Select(row => random[row].NextDouble())], [open.Length, 1], device: scores.device) * cumulative[.., ^1..];
            return searchsorted(cumulative, at, right: true).clamp(max: Scalars.Keep(scores.shape[1] - 1));
        }
    }
}
