using System.Collections;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Crane.Core.Training.Pretraining;

namespace Crane.Core.Training.Sft;

/// <summary>The rows that are trained on (<see cref="SftData.Prepare"/>). One pass over the rows given finds the usable ones, the longest and their hash;
/// after it each is asked for again where it is read, so that <see cref="MadeRows"/> are never all held. Packed rows are.</summary>
public sealed class PreparedRows : IReadOnlyList<TrainingRow[]>
{
    private readonly Func<int, TrainingRow[]> row;

    internal PreparedRows(IReadOnlyList<TrainingRow> rows, SftConfig config)
    {
        int[] order = [.. Enumerable.Range(0, rows.Count)];
        if (config.ShuffleDataset) Seeds.Random(config.Seed, -1).Shuffle(order);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var usable = new List<int>();
        var whole = new List<TrainingRow>();   // stays empty where nothing is packed
        foreach (var i in order)
        {
            var document = SftData.Cut(rows[i], i, config);
            if (document.Labels.All(label => label == CausalLoss.Ignore)) continue;
            usable.Add(i);
            if (config.Packing) whole.Add(document);
            else Note(document, hash);
        }
        if (usable.Count == 0)
            throw new ArgumentException(
                $"None of the {rows.Count} rows has a label{(config.MaxLength is { } most ? $" within max_length ({most})" : "")}.", nameof(rows));
        (Count, row) = (usable.Count, place => [SftData.Cut(rows[usable[place]], usable[place], config)]);
        if (config.Packing)
        {
            var packed = Packing.Pack(whole, config.MaxLength!.Value, config.PackingStrategy);
            foreach (var document in packed.SelectMany(documents => documents)) Note(document, hash);
            (Count, row) = (packed.Count, place => packed[place]);
        }
        Sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <summary>Tokens of the longest document.</summary>
    public int Longest { get; private set; }

    /// <summary>SHA-256 over tokens, labels and pictures of all documents in their order, as lowercase hex.</summary>
    public string Sha256 { get; }

    /// <summary>The documents of a row; one, where nothing is packed.</summary>
    public TrainingRow[] this[int index] => row(index);

    /// <inheritdoc/>
    public IEnumerator<TrainingRow[]> GetEnumerator() => Enumerable.Range(0, Count).Select(row).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void Note(TrainingRow document, IncrementalHash hash)
    {
        Longest = Math.Max(Longest, document.Ids.Length);
        hash.AppendData(MemoryMarshal.AsBytes(document.Ids.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(document.Labels.AsSpan()));
        if (document.Picture is { } picture) hash.AppendData(MemoryMarshal.AsBytes(picture.PixelValues.AsSpan()));
    }
}
