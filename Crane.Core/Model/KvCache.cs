using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Model;

/// <summary>Keys and values of the tokens read so far, one preallocated pair a layer: <c>[batch, kvHeads, capacity, headDim]</c>.</summary>
public sealed class KvCache : IDisposable
{
    private readonly Tensor[] keys, values;   // the first Origins.Count rows are in use

    /// <summary>Room for <paramref name="capacity"/> tokens of <paramref name="batch"/> rows.</summary>
    public KvCache(TextConfig config, long batch, long capacity, ScalarType type, Device device)
    {
        Tensor Room() => zeros([batch, config.NumKeyValueHeads, capacity, config.HeadDim], dtype: type, device: device).DetachFromDisposeScope();
        Capacity = capacity;
        Origins = [.. Enumerable.Range(0, (int)batch)];
        keys = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(_ => Room())];
        values = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(_ => Room())];
    }

    /// <summary>Most tokens a row can hold.</summary>
    public long Capacity { get; }

    /// <summary>Tokens a row holds, padding included.</summary>
    public long Length { get; private set; }

    /// <summary>For each present row the row of the first batch that it goes on from: what was decided about a prompt follows its rows by it.</summary>
    public IReadOnlyList<int> Origins { get; private set; }

    /// <summary>Writes the new tokens of one layer and returns all of them so far.</summary>
    /// <param name="layer">Index of the layer.</param>
    /// <param name="k">New keys <c>[batch, kvHeads, new, headDim]</c>.</param>
    /// <param name="v">New values, the same shape.</param>
    /// <returns>Views of <c>[batch, kvHeads, Length + new, headDim]</c>.</returns>
    /// <exception cref="InvalidOperationException">No room is left.</exception>
    public (Tensor Keys, Tensor Values) Append(int layer, Tensor k, Tensor v)
    {
        var added = k.shape[2];
        if (Length + added > Capacity) throw new InvalidOperationException($"The cache holds {Length} of {Capacity} tokens; {added} more do not fit.");
        using var scope = NewDisposeScope();
        var (allKeys, allValues) = (keys[layer].narrow(0, 0, Origins.Count), values[layer].narrow(0, 0, Origins.Count));
        allKeys.narrow(2, Length, added).copy_(k);
        allValues.narrow(2, Length, added).copy_(v);
        return (allKeys.narrow(2, 0, Length + added).MoveToOuterDisposeScope(), allValues.narrow(2, 0, Length + added).MoveToOuterDisposeScope());
    }

    /// <summary>Puts other rows in the place of the present ones: beams that go on, or copies of a prompt.</summary>
    /// <param name="rows">Which of the present rows, <c>[newBatch]</c> int64.</param>
    public void Select(Tensor rows)
    {
        foreach (var room in new[] { keys, values })
            for (var layer = 0; layer < room.Length; layer++)
            {
                var before = room[layer];
                room[layer] = empty([rows.shape[0], before.shape[1], Capacity, before.shape[3]], dtype: before.dtype, device: before.device)
                    .DetachFromDisposeScope();
                using var scope = NewDisposeScope();
                room[layer].narrow(2, 0, Length).copy_(before.narrow(2, 0, Length).index_select(0, rows));
                before.Dispose();
            }
        Origins = [.. rows.cpu().data<long>().Select(row => Origins[(int)row])];
    }

    /// <summary>Forgets rows. Only those that take the place of a forgotten one are copied, so that it costs little.</summary>
    /// <param name="rows">The present row that stands in each place from now on, each at most once; <c>rows[i]</c> is i or at least the number of rows that
    /// stay.</param>
    public void Keep(IReadOnlyList<int> rows)
    {
        using var scope = NewDisposeScope();
        foreach (var room in keys.Concat(values))
            for (var place = 0; place < rows.Count; place++)
                if (rows[place] != place) room.select(0, place).narrow(1, 0, Length).copy_(room.select(0, rows[place]).narrow(1, 0, Length));
        Origins = [.. rows.Select(row => Origins[row])];
    }

    /// <summary>Counts the tokens that every layer has written.</summary>
    public void Advance(long added) => Length += added;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in keys) tensor.Dispose();
        foreach (var tensor in values) tensor.Dispose();
    }
}
