using System.Collections;
using Crane.Core.Training.Pretraining;

namespace Crane.Core.Training.Sft;

/// <summary>Rows that are made each time they are asked for, so that a training holds none but those of its step: pictures take most of the room.</summary>
/// <param name="count">How many there are.</param>
/// <param name="make">Makes one from its index; always the same one.</param>
public sealed class MadeRows(int count, Func<int, TrainingRow> make) : IReadOnlyList<TrainingRow>
{
    /// <inheritdoc/>
    public int Count => count;

    /// <inheritdoc/>
    public TrainingRow this[int index] => index >= 0 && index < count ? make(index)
        : throw new ArgumentOutOfRangeException(nameof(index), index, $"There are {count} rows.");

    /// <inheritdoc/>
    public IEnumerator<TrainingRow> GetEnumerator() => Enumerable.Range(0, count).Select(make).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
