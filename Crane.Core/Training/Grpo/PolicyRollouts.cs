using Crane.Core.Model;
using Crane.Core.Model.Generation;
using Crane.Core.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>Samples completions from the model that is trained. Prompts of similar length are read together, padded on the left; each prompt, its picture
/// included, is read once and its cache is shared out to its completions; rows that have ended leave the batch.</summary>
/// <param name="model">The policy.</param>
/// <param name="sampling">Limits and how to choose.</param>
/// <param name="neverSampled">Tokens that are not drawn.</param>
public sealed class PolicyRollouts(CausalModel model, GenerationConfig sampling, IReadOnlyList<int> neverSampled) : IRolloutSource
{
    private const int MostRows = 128;   // that are decoded side by side

    /// <inheritdoc/>
    public bool IsPolicy => true;

    /// <summary>Tokens written so far.</summary>
    public long TokensWritten { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyList<WrittenTokens> Write(IReadOnlyList<EncodedPrompt> prompts, int generations, int seed, CancellationToken cancellationToken)
    {
        using var none = no_grad();
        var results = new WrittenTokens[prompts.Count * generations];
        var byLength = Enumerable.Range(0, prompts.Count).OrderBy(i => prompts[i].Ids.Length);
        foreach (var bucket in byLength.Chunk(Math.Max(1, MostRows / generations)))
        {
            using var scope = NewDisposeScope();
            int[] places = [.. bucket.SelectMany(prompt => Enumerable.Range(prompt * generations, generations))];
            foreach (var (row, ids) in Bucket([.. bucket.Select(i => prompts[i])], generations, places, seed, cancellationToken).Index())
                results[places[row]] = new([.. ids]);
        }
        TokensWritten += results.Sum(result => result.Ids.Length);
        return results;
    }

    private List<int>[] Bucket(EncodedPrompt[] prompts, int generations, int[] places, int seed, CancellationToken cancellationToken)
    {
        var input = ModelInput.Pad([.. prompts.Select(p => p.Ids)], sampling.PadTokenId, left: true, [.. prompts.Select(p => p.Picture).OfType<VisionInput>()])
            .To(model.Device);
        using var decoding = new Decoding(model, input, sampling);
        decoding.Select(tensor([.. prompts.SelectMany((_, prompt) => Enumerable.Repeat((long)prompt, generations))], device: model.Device));
        Random[] random = [.. places.Select(place => new Random(Seeds.Mix(seed, place)))];   // a row's draws depend on its place alone
        List<int>[] written = [.. places.Select(_ => new List<int>())];
        int[] open = [.. Enumerable.Range(0, places.Length)];                                 // rows of the batch, by their number in written
        using var banned = neverSampled.Count == 0 ? null : tensor([.. neverSampled.Select(id => (long)id)], device: model.Device);
        for (var step = 0; ; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var chosen = Draw(decoding, banned, step, open, random);                          // [rows]
            for (var i = 0; i < open.Length; i++)
                if (!Ended(written[open[i]])) written[open[i]].Add((int)chosen[i]);
            bool[] ended = [.. open.Select(row => Ended(written[row]))];
            if (ended.All(row => row) || step + 1 == sampling.MaxNewTokens) return written;
            if (decoding.Drop(ended) is { } kept) (open, chosen) = ([.. kept.Select(i => open[i])], [.. kept.Select(i => chosen[i])]);
            decoding.Step(tensor(chosen, [open.Length, 1], device: model.Device));
        }
    }

    private bool Ended(List<int> ids) => ids.Count > 0 && sampling.EosTokenIds.Contains(ids[^1]);

    private long[] Draw(Decoding decoding, Tensor? banned, int step, int[] open, Random[] random)
    {
        var logits = decoding.Logits.to(float32);
        var scores = LogitProcessors.Apply(banned is null ? logits : LogitProcessors.Ban(logits, banned), decoding.Seen, sampling, step);
        var cumulative = scores.to(float64).softmax(-1).cumsum(-1);                            // [rows, vocabulary]
        var at = tensor([.. open.Select(row => random[row].NextDouble())], [open.Length, 1], device: scores.device) * cumulative[.., ^1..];
        return searchsorted(cumulative, at, right: true).clamp(max: Scalars.Keep(scores.shape[1] - 1)).flatten().cpu().data<long>().ToArray();
    }
}
