using System.Text;

namespace Crane.Core;

/// <summary>Writes a file so that a reader, or a crash, never sees half of it.</summary>
public static class AtomicFile
{
    /// <summary>Writes to a temporary name beside the file, flushes it to disk, and renames it.</summary>
    public static void WriteAllText(string path, string text) => WriteAllBytes(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes to a temporary name beside the file, flushes it to disk, and renames it.</summary>
    public static void WriteAllBytes(string path, ReadOnlySpan<byte> bytes)
    {
        var temporary = path + ".tmp";
        using (var stream = File.Create(temporary))
        {
            stream.Write(bytes);
            stream.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
    }
}
