using System.Text;
using System.Text.Json;

namespace Crane.Core.Evaluation.Runs;

/// <summary>A file with a JSON object a line that only grows. A line counts once its line feed is on disk: what a killed process left half written is cut off
/// when the log is opened again, and nothing else is lost or written twice.</summary>
/// <typeparam name="T">A record; its properties become snake_case fields in their order.</typeparam>
public sealed class RunLog<T> : IDisposable
{
    private static readonly JsonSerializerOptions Layout = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectRequiredConstructorParameters = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly FileStream stream, writer;
    private readonly List<T> records;

    private RunLog(FileStream stream, FileStream writer, List<T> records) => (this.stream, this.writer, this.records) = (stream, writer, records);

    /// <summary>All records, those of earlier sessions first.</summary>
    public IReadOnlyList<T> Records => records;

    /// <summary>Opens a log for writing, or makes it.</summary>
    /// <exception cref="InvalidDataException">A line other than the torn last one is damaged; the message names it.</exception>
    /// <exception cref="IOException">Another process writes to it.</exception>
    public static RunLog<T> Open(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        // The lock is a file of its own: on Unix a lock that keeps writers out would keep readers out as well.
        var writer = new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            var whole = Array.LastIndexOf(bytes, (byte)'\n') + 1;
            var records = Parse(Encoding.UTF8.GetString(bytes, 0, whole), path);
            stream.SetLength(whole);
            stream.Seek(0, SeekOrigin.End);
            return new(stream, writer, records);
        }
        catch
        {
            stream?.Dispose();
            writer.Dispose();
            throw;
        }
    }

    /// <summary>Reads a log, perhaps while it is being written; a torn last line is left out.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">A line is damaged; the message names it.</exception>
    public static IReadOnlyList<T> Read(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), Encoding.UTF8);
        var text = reader.ReadToEnd();
        return Parse(text[..(text.LastIndexOf('\n') + 1)], path);
    }

    /// <summary>Writes records and flushes them to disk.</summary>
    public void Append(IEnumerable<T> more)
    {
        foreach (var record in more)
        {
            stream.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(record, Layout) + "\n"));
            records.Add(record);
        }
        stream.Flush(flushToDisk: true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        stream.Dispose();
        writer.Dispose();
    }

    private static List<T> Parse(string text, string path)
    {
        var records = new List<T>();
        foreach (var line in text.Split('\n')[..^1])
        {
            try { records.Add(JsonSerializer.Deserialize<T>(line, Layout) ?? throw new JsonException("null")); }
            catch (JsonException e) { throw new InvalidDataException($"{path}: line {records.Count + 1}: {e.Message}", e); }
        }
        return records;
    }
}
