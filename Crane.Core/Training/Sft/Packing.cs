using Crane.Core.Training.Pretraining;

namespace Crane.Core.Training.Sft;

/// <summary>Puts several documents into rows of one length. TRL <c>pack_dataset</c>, which like here works on a thousand documents at a time.</summary>
public static class Packing
{
    /// <summary>Documents are cut wherever a row is full, and see each other.</summary>
    public const string Wrapped = "wrapped";

    private const int DocumentsAtATime = 1000;

    private static readonly IReadOnlyDictionary<string, Func<IReadOnlyList<TrainingRow>, int, IEnumerable<TrainingRow[]>>> ByName = new Dictionary<string,
    Func<IReadOnlyList<TrainingRow>, int, IEnumerable<TrainingRow[]>>>
    {
        ["bfd"] = BestFitDecreasing,
        [Wrapped] = Wrap,
    };

    /// <summary>The names (TRL: packing_strategy).</summary>
    public static IEnumerable<string> Strategies => ByName.Keys;

    /// <summary>Packed rows.</summary>
    /// <param name="rows">Documents, none longer than <paramref name="length"/>.</param>
    /// <param name="length">Tokens of a row.</param>
    /// <param name="strategy">One of <see cref="Strategies"/>.</param>
    /// <returns>The documents of each row.</returns>
    /// <exception cref="ArgumentException">A document that would be cut has a picture.</exception>
    public static IReadOnlyList<TrainingRow[]> Pack(IReadOnlyList<TrainingRow> rows, int length, string strategy) =>
        [.. rows.Chunk(DocumentsAtATime).SelectMany(chunk => ByName[strategy](chunk, length))];

    /// <summary>The longest document first, each into the row in which it leaves the least room; documents stay whole.</summary>
    private static IEnumerable<TrainingRow[]> BestFitDecreasing(IReadOnlyList<TrainingRow> rows, int length)
    {
        var bins = new List<List<TrainingRow>>();
        var byRoom = new SortedDictionary<int, Queue<List<TrainingRow>>>();   // rows with so much room left, the earliest first
        foreach (var row in rows.OrderByDescending(row => row.Ids.Length))
        {
            var room = byRoom.Keys.FirstOrDefault(room => room >= row.Ids.Length, length);
            List<TrainingRow> bin;
            if (byRoom.TryGetValue(room, out var open))
            {
                bin = open.Dequeue();
                if (open.Count == 0) byRoom.Remove(room);
            }
            else bins.Add(bin = []);
            bin.Add(row);
            if (room == row.Ids.Length) continue;
            if (!byRoom.TryGetValue(room - row.Ids.Length, out var target)) byRoom[room - row.Ids.Length] = target = [];
            target.Enqueue(bin);
        }
        return bins.Select(bin => bin.ToArray());
    }

    private static IEnumerable<TrainingRow[]> Wrap(IReadOnlyList<TrainingRow> rows, int length)
    {
        if (rows.Index().FirstOrDefault(r => r.Item.Picture is not null) is { Item: not null } seen)
            throw new ArgumentException($"Row {seen.Index} has a picture, and packing_strategy '{Wrapped}' cuts rows anywhere. Choose 'bfd'.", nameof(rows));
        var (ids, labels) = (rows.SelectMany(row => row.Ids).ToArray(), rows.SelectMany(row => row.Labels).ToArray());
        return ids.Chunk(length).Zip(labels.Chunk(length), (i, l) => (TrainingRow[])[new(i, l, null)]);
    }
}
