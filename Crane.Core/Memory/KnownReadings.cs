using Crane.Core.Model;

namespace Crane.Core.Memory;

/// <summary>A reader that has read ahead. First readings do not depend on what a library holds, so those of many questions can be made together, in full
/// batches.</summary>
/// <param name="model">See <see cref="ChainReader"/>.</param>
/// <param name="keeps">Whether it forgets nothing, for several libraries that are asked the same.</param>
public sealed class KnownReadings(VisionLanguageModel model, bool keeps = false)
{
    private readonly ChainReader chains = new(model);
    private readonly Dictionary<ReadingRequest, Reading> known = [];

    /// <summary>Forgets what it knew, unless it keeps everything, and reads these; equal requests once. A picture equals itself alone.</summary>
    public async Task PrepareAsync(IEnumerable<ReadingRequest> requests, CancellationToken cancellationToken = default)
    {
        if (!keeps) known.Clear();
        ReadingRequest[] open = [.. requests.Distinct().Where(request => !known.ContainsKey(request))];
        foreach (var (request, reading) in open.Zip(await chains.ReadAsync(open, cancellationToken))) known[request] = reading;
    }

    /// <summary>This reader as a <see cref="QuestionReader"/>: what is not known is read now.</summary>
    public async Task<IReadOnlyList<Reading>> ReadAsync(IReadOnlyList<ReadingRequest> requests, CancellationToken cancellationToken = default)
    {
        ReadingRequest[] open = [.. requests.Where(request => !known.ContainsKey(request))];
        var fresh = open.Length == 0 ? [] : await chains.ReadAsync(open, cancellationToken);
        if (keeps) foreach (var (request, reading) in open.Zip(fresh)) known[request] = reading;
        var read = new Queue<Reading>(keeps ? [] : fresh);
        return [.. requests.Select(request => known.TryGetValue(request, out var reading) ? reading : read.Dequeue())];
    }
}
