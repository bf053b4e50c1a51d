using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Model.Generation;

/// <summary>A batch of prompts that is being continued: cache, positions and mask, and the scores of the next token. It holds one step's tensors, however
/// long the text.</summary>
internal sealed class Decoding : IDisposable
{
    private const int TokensBetweenCollections = 256;
    private const int RowsPerDrop = 8;   // a batch shrinks when one row in so many has ended: smaller steps would cost more in moves than they save

    private readonly CausalModel model;
    private readonly KvCache cache;
    private readonly bool readsSeen;
    private Tensor positions, mask;   // [rows] of the next token; true where the cache holds a token, [rows, 1, 1, capacity]
    private readonly bool padded;

    /// <summary>Reads the prompts.</summary>
    /// <exception cref="ArgumentException">They do not fit the model, are padded on the right, or together with the answer exceed the context.</exception>
    public Decoding(CausalModel model, ModelInput input, GenerationConfig config)
    {
        var (rows, prompt) = (input.InputIds.shape[0], input.InputIds.shape[1]);
        var capacity = prompt + config.MaxNewTokens;
        if (capacity > model.TextConfig.MaxPositionEmbeddings)
            throw new ArgumentException($"A prompt of {prompt} tokens and {config.MaxNewTokens} new ones exceed the context of {model.TextConfig.MaxPositionEmbeddings}.", nameof(input));
        if (input.AttentionMask is not null && input.AttentionMask[.., -1].ne(Scalars.Keep(0)).all().item<bool>() is false)
            throw new ArgumentException("A prompt is padded on the right; prompts to be continued are padded on the left.", nameof(input));
        (this.model, readsSeen) = (model, config.RepetitionPenalty != 1 || config.NoRepeatNgramSize > 0);
        padded = input.AttentionMask?.eq(Scalars.Keep(0)).any().item<bool>() ?? false;
        cache = new KvCache(model.TextConfig, rows, capacity, model.Type, model.Device);
        try
        {
            using var scope = NewDisposeScope();
            var (hidden, next) = model.Hidden(input, cache);
            Logits = model.Logits(hidden[.., -1]).DetachFromDisposeScope();
            positions = tensor(next, device: model.Device).DetachFromDisposeScope();
            mask = ones([rows, 1, 1, capacity], dtype: ScalarType.Bool, device: model.Device).DetachFromDisposeScope();
            if (padded) mask[.., 0, 0, ..(int)prompt] = input.AttentionMask!.ne(Scalars.Keep(0));
            Seen = input.InputIds.alias().DetachFromDisposeScope();
        }
        catch
        {
            cache.Dispose();
            throw;
        }
    }

    /// <summary>Scores of the next token <c>[rows, vocabulary]</c>.</summary>
    public Tensor Logits { get; private set; }

    /// <summary>Tokens of prompt and answer <c>[rows, length]</c>; only the prompt's when no processor reads them.</summary>
    public Tensor Seen { get; private set; }

    /// <summary>Adds a token to every row.</summary>
    /// <param name="chosen"><c>[rows, 1]</c> int64.</param>
    public void Step(Tensor chosen)
    {
        using var scope = NewDisposeScope();
        if (readsSeen) Seen = Replace(Seen, cat([Seen, chosen], dim: 1));
        Logits = Replace(Logits, model.Step(chosen, positions, padded ? mask[.., .., .., ..(int)(cache.Length + 1)] : null, cache));
        positions = Replace(positions, positions.Plus(Scalars.Keep(1)));
        // The handles of a step's tensors are small and die at once, but a young generation of hundreds of megabytes would be filled with them first.
        if (cache.Length % TokensBetweenCollections == 0) GC.Collect(0);
    }

    /// <summary>Goes on with other rows, each a copy of a present one; the scores stay those of the rows before, until the next step.</summary>
    /// <param name="rows"><c>[newRows]</c> int64.</param>
    public void Select(Tensor rows)
    {
        using var scope = NewDisposeScope();
        cache.Select(rows);
        Gather(rows);
    }

    /// <summary>Forgets rows that have ended, once they are so many that the smaller batch is worth the move; the others may change places.</summary>
    /// <param name="ended">For each present row, whether it has ended; one at least has not.</param>
    /// <returns>The row that stands in each place from now on, by its number before; null where nothing changed.</returns>
    public int[]? Drop(IReadOnlyList<bool> ended)
    {
        var left = ended.Count(row => !row);
        if ((ended.Count - left) * RowsPerDrop < ended.Count) return null;
        var movers = new Queue<int>(Enumerable.Range(left, ended.Count - left).Where(row => !ended[row]));
        int[] rows = [.. Enumerable.Range(0, left).Select(place => ended[place] ? movers.Dequeue() : place)];
        using var scope = NewDisposeScope();
        cache.Keep(rows);
        Gather(tensor([.. rows.Select(row => (long)row)], device: model.Device));
        return rows;
    }

    private void Gather(Tensor rows)
    {
        positions = Replace(positions, positions.index_select(0, rows));
        mask = Replace(mask, mask.index_select(0, rows));
        Seen = Replace(Seen, Seen.index_select(0, rows));
        Logits = Replace(Logits, Logits.index_select(0, rows));
    }

    private static Tensor Replace(Tensor before, Tensor after)
    {
        before.Dispose();
        return after.DetachFromDisposeScope();
    }

    public void Dispose()
    {
        foreach (var tensor in new[] { Logits, Seen, positions, mask }) tensor.Dispose();
        cache.Dispose();
    }
}
