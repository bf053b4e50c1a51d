using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Crane.Core.Training.Grpo;

/// <summary>A rollout as <c>rollouts.jsonl</c> holds it.</summary>
/// <param name="Step">The optimiser step that it was written for, counted from 1.</param>
/// <param name="Prompt">Index of the prompt in the data.</param>
/// <param name="Question">The user's words.</param>
/// <param name="Completion">The model's.</param>
/// <param name="Tokens">Length of the completion.</param>
/// <param name="Terminated">Whether it ended by itself.</param>
/// <param name="Rewards">What each reward gave before weights; null: not applicable.</param>
/// <param name="Reward">Their weighted sum; null: nothing applied.</param>
/// <param name="Advantage">How much better than its group.</param>
public sealed record RolloutRecord(int Step, int Prompt, string Question, string Completion, int Tokens, bool Terminated,
    IReadOnlyDictionary<string, double?> Rewards, double? Reward, double Advantage);

/// <summary>All rollouts of a run, one line of JSON each.</summary>
public static class RolloutLog
{
    private static readonly JsonSerializerOptions Names = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Reads a log.</summary>
    /// <exception cref="InvalidDataException">A line is damaged.</exception>
    public static IEnumerable<RolloutRecord> Read(string file) => File.ReadLines(file).Select((line, i) =>
    {
        try { return JsonSerializer.Deserialize<RolloutRecord>(line, Names) ?? throw new InvalidDataException($"{file}: line {i + 1} is null."); }
        catch (JsonException e) { throw new InvalidDataException($"{file}: line {i + 1}: {e.Message}", e); }
    });

    /// <summary>Adds lines behind the first <paramref name="length"/> bytes; what stands there after, from a run that was killed, goes.</summary>
    /// <returns>The new length in bytes.</returns>
    /// <exception cref="IOException">The disk is full or not writable; what is written so far goes with the next start.</exception>
    internal static long Append(string file, long length, IEnumerable<RolloutRecord> records)
    {
        try { return Write(file, length, records); }
        catch (IOException e)
        {
            throw new IOException($"{file}: rollouts could not be written: {e.Message} The last checkpoint is whole; a new start goes on from there.", e);
        }
    }

    private static long Write(string file, long length, IEnumerable<RolloutRecord> records)
    {
        using var stream = new FileStream(file, FileMode.OpenOrCreate, FileAccess.Write);
        if (stream.Length < length)
            throw new InvalidDataException($"{file} has {stream.Length} bytes, the checkpoint knows of {length}: it was cut. "
                + "Delete the run's folder, or bring the file back.");
        stream.SetLength(length);
        stream.Seek(0, SeekOrigin.End);
        foreach (var record in records)
        {
            JsonSerializer.Serialize(stream, record, Names);
            stream.WriteByte((byte)'\n');
        }
        stream.Flush(flushToDisk: true);
        return stream.Length;
    }
}
