using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>The order of prompts, that of TRL's <c>RepeatSampler</c>: each epoch is shuffled by <c>torch.randperm</c> with one generator, cut into groups of
/// different prompts (a remainder is left out), and each group is repeated. Any place of the order follows from the seed alone, so a run resumes
/// anywhere.</summary>
/// <param name="datasetSize">Prompts.</param>
/// <param name="miniRepeatCount">How often each prompt stands in a row: num_generations.</param>
/// <param name="batchSize">Different prompts of a group.</param>
/// <param name="repeatCount">How often the group is repeated: num_iterations × steps_per_generation.</param>
/// <param name="shuffle">false: the order of the data.</param>
/// <param name="seed">Of the shuffle.</param>
public sealed class RepeatSampler(int datasetSize, int miniRepeatCount, int batchSize, int repeatCount, bool shuffle, int seed)
{
    private (int Epoch, int[] Order) current = (-1, []);

    /// <summary>Groups of an epoch.</summary>
    public int GroupsOfAnEpoch => datasetSize / batchSize;

    /// <summary>All indices of an epoch, as the Python class yields them.</summary>
    public IEnumerable<int> Epoch(int epoch)
    {
        for (var group = 0; group < GroupsOfAnEpoch; group++)
            for (var repeat = 0; repeat < repeatCount; repeat++)
                foreach (var index in Group(epoch * GroupsOfAnEpoch + group))
                    for (var mini = 0; mini < miniRepeatCount; mini++) yield return index;
    }

    /// <summary>The different prompts of a group, counted from 0 over all epochs.</summary>
    public int[] Group(int number) => Order(number / GroupsOfAnEpoch)[(number % GroupsOfAnEpoch * batchSize)..][..batchSize];

    private int[] Order(int epoch)
    {
        if (!shuffle) return [.. Enumerable.Range(0, datasetSize)];
        if (current.Epoch == epoch) return current.Order;
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        int[] order = [];
        // the generator goes on from epoch to epoch
        for (var e = 0; e <= epoch; e++) order = [.. randperm(datasetSize, generator: generator).data<long>().Select(i => (int)i)];
        current = (epoch, order);
        return order;
    }
}
