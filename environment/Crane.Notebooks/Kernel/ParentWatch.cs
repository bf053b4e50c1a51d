using System.Runtime.InteropServices;

namespace Crane.Notebooks.Kernel;

/// <summary>Ends the kernel when the server that started it is gone without a word, so that no kernel is left behind. On Windows the server does that
/// itself.</summary>
internal sealed class ParentWatch : IDisposable
{
    private readonly Timer? timer;

    public ParentWatch(Action orphaned)
    {
        // A server says so by this variable; by hand, a kernel may outlive the shell that started it.
        if (OperatingSystem.IsWindows() || Environment.GetEnvironmentVariable("JPY_PARENT_PID") is null)
            return;
        var parent = ParentId();
        timer = new Timer(_ => { if (ParentId() != parent) orphaned(); }, null, 1000, 1000);
    }

    public void Dispose() => timer?.Dispose();

    [DllImport("libc", EntryPoint = "getppid")]
    private static extern int ParentId();
}
