using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Crane.Core.Model;
using Crane.Core.Model.Generation;

namespace Crane.Core.Evaluation.Runs;

/// <summary>An answer that was given before.</summary>
/// <param name="Key">Hash of everything that it depends on.</param>
/// <param name="Text">The completion.</param>
/// <param name="EndedByEos">Whether the model ended it itself.</param>
public sealed record CachedResponse(string Key, string Text, bool EndedByEos);

/// <summary>Keeps answers by content: weights, prompt, picture and the settings that choose tokens. A request that samples without a seed has no key, so it is
/// always asked anew.
/// The file only grows; a killed process loses at most the answer that it was writing.</summary>
public sealed class ResponseCache : IDisposable
{
    private readonly RunLog<CachedResponse> log;
    private readonly Dictionary<string, CachedResponse> known;

    /// <summary>Opens a cache, or makes it.</summary>
    /// <exception cref="InvalidDataException">A line of the file is damaged.</exception>
    /// <exception cref="IOException">Another process writes to it.</exception>
    public ResponseCache(string file)
    {
        log = RunLog<CachedResponse>.Open(file);
        known = log.Records.GroupBy(record => record.Key).ToDictionary(same => same.Key, same => same.First(), StringComparer.Ordinal);
    }

    /// <summary>Number of answers.</summary>
    public int Count => known.Count;

    /// <summary>The key of a request.</summary>
    /// <param name="modelHash">Of the weights that answer (<see cref="WeightHash"/>).</param>
    /// <param name="question">Prompt and picture.</param>
    /// <param name="config">How tokens are chosen.</param>
    /// <param name="seed">Of the draws; null where none was fixed.</param>
    /// <returns>64 hexadecimal digits; null where the request samples and no seed fixes the draws.</returns>
    public static string? Key(string modelHash, Question question, GenerationConfig config, int? seed)
    {
        if (config.DoSample && seed is null) return null;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(ReadOnlySpan<byte> part)
        {
            hash.AppendData(BitConverter.GetBytes((long)part.Length));   // parts cannot run into each other
            hash.AppendData(part);
        }
        Add(Encoding.UTF8.GetBytes(modelHash));
        Add(Encoding.UTF8.GetBytes(question.Text));
        Add(question.Picture is { } picture ? [.. BitConverter.GetBytes(picture.Width), .. BitConverter.GetBytes(picture.Height), .. picture.Rgb] : []);
        Add(JsonSerializer.SerializeToUtf8Bytes(config));
        Add(BitConverter.GetBytes(config.DoSample ? seed!.Value : 0L));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The answer of a key, or null.</summary>
    public CachedResponse? Find(string? key) => key is null ? null : known.GetValueOrDefault(key);

    /// <summary>Keeps answers; those without a key and those known already are left out.</summary>
    public void Add(IEnumerable<(string? Key, string Text, bool EndedByEos)> answers)
    {
        var fresh = new List<CachedResponse>();
        foreach (var (key, text, ended) in answers)
            if (key is not null && new CachedResponse(key, text, ended) is var response && known.TryAdd(key, response)) fresh.Add(response);
        if (fresh.Count > 0) log.Append(fresh);
    }

    /// <inheritdoc/>
    public void Dispose() => log.Dispose();
}
