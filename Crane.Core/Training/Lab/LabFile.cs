using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Crane.Core.Training.Lab;

/// <summary><c>data/results/reward-lab.jsonl</c>: the full runs of the reward lab, one line each. Chapter 08 writes and reads it.</summary>
public static class LabFile
{
    private static readonly JsonSerializerOptions Layout = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The shipped file; empty where there is none.</summary>
    public static IReadOnlyList<LabRun> Shipped() => DataFolder.Of("results", "reward-lab.jsonl") is var path && File.Exists(path) ? Read(path) : [];

    /// <summary>Reads a file.</summary>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    /// <exception cref="InvalidDataException">A line is damaged; the message names it.</exception>
    public static IReadOnlyList<LabRun> Read(string path) => [.. File.ReadLines(path).Select((line, i) =>
    {
        try { return JsonSerializer.Deserialize<LabRun>(line, Layout) ?? throw new InvalidDataException($"{path}: line {i + 1} is null."); }
        catch (JsonException e) { throw new InvalidDataException($"{path}: line {i + 1}: {e.Message}", e); }
    })];

    /// <summary>Puts a run into a file; one of the same variant, settings, base and split that stood there is replaced, in its place. The file is written
    /// whole.</summary>
    /// <exception cref="InvalidDataException">The file there is damaged; nothing was written.</exception>
    public static void Put(string path, LabRun run)
    {
        List<LabRun> runs = File.Exists(path) ? [.. Read(path)] : [];
        if (runs.FindIndex(known => Same(known, run)) is >= 0 and var at) runs[at] = run;
        else runs.Add(run);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        AtomicFile.WriteAllText(path, string.Concat(runs.Select(known => JsonSerializer.Serialize(known, Layout) + "\n")));
    }

    private static bool Same(LabRun a, LabRun b) => (a.Variant, a.Settings, a.Base, a.Split) == (b.Variant, b.Settings, b.Base, b.Split);
}
