using System.Security.Cryptography;
using System.Text;

namespace Crane.Core;

/// <summary>Processes that read a file, change it and write it back take turns, or one loses what the other wrote.</summary>
internal static class FileTurn
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20), Most = TimeSpan.FromMinutes(1);

    /// <summary>Waits for the turn at a file; disposing ends it.</summary>
    /// <exception cref="IOException">Another process held it for a minute.</exception>
    public static IDisposable Wait(string path)
    {
        // Not beside the file and never deleted: a lock that is deleted while another waits for it can be held twice.
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(path))))[..16];
        var turn = Path.Combine(Path.GetTempPath(), $"crane-{Environment.UserName}-{name}.lock");
        for (var left = Most; ; left -= Pause)
            try { return new FileStream(turn, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None); }
            catch (IOException) when (left > TimeSpan.Zero) { Thread.Sleep(Pause); }
    }
}
