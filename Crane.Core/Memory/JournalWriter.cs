namespace Crane.Core.Memory;

/// <summary>Appends lines to a stream. A line that could not be written whole is taken back, at once or before the next one.</summary>
internal sealed class JournalWriter : IDisposable
{
    private readonly Stream stream;
    private readonly string name;
    private readonly IDisposable? hold;
    private long good;

    /// <param name="stream">Can be written and cut.</param>
    /// <param name="name">Named in errors.</param>
    /// <param name="good">Bytes to keep; what follows is cut off before the next line.</param>
    /// <param name="hold">Disposed with the writer: its lock.</param>
    public JournalWriter(Stream stream, string name, long good, IDisposable? hold = null) =>
        (this.stream, this.name, this.good, this.hold) = (stream, name, good, hold);

    /// <summary>Takes the lock of a journal.</summary>
    /// <exception cref="IOException">Another writer holds it.</exception>
    public static FileStream Lock(string path)
    {
        try { return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None); }
        catch (IOException e) when (File.Exists(path + ".lock"))
        {
            throw new IOException($"{path}: another writer has the library open ({path}.lock). One writer at a time; OpenRead reads beside it.", e);
        }
    }

    /// <summary>Writes lines and brings them to the disk.</summary>
    /// <exception cref="IOException">They could not be written; the journal is as it was.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        try
        {
            CutBack();
            stream.Position = good;
            stream.Write(bytes);
            if (stream is FileStream file) file.Flush(flushToDisk: true);
            else stream.Flush();
            good += bytes.Length;
        }
        catch (IOException e)
        {
            try { CutBack(); }
            catch (IOException) { }   // tried again before the next line; a reader reports the torn one
            throw new IOException($"{name}: the entry could not be written ({e.Message}); the library is as it was before. Free some space and try again.", e);
        }
    }

    private void CutBack()
    {
        if (stream.Length != good) stream.SetLength(good);
    }

    public void Dispose()
    {
        stream.Dispose();
        hold?.Dispose();
    }
}
