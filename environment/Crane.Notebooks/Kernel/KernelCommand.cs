using System.Runtime.InteropServices;

namespace Crane.Notebooks.Kernel;

/// <summary>Runs a kernel until a client shuts it down: <c>crane kernel CONNECTION_FILE</c>, which Jupyter calls.</summary>
internal static class KernelCommand
{
    public static async Task<int> Run(string connectionFile)
    {
        var connection = ConnectionFile.Read(connectionFile);
        using var kernel = new JupyterKernel(connection, Directory.GetCurrentDirectory());
        // Ctrl-C in the terminal of the server reaches its kernels too: it stops a cell, never the kernel.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
        {
            signal.Cancel = true;
            kernel.Interrupt();
        });
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            kernel.LastWords();
            KernelSockets.Complete();
        };
        using var watch = new ParentWatch(() => Environment.Exit(0));
        _ = kernel.WarmUp();
        await kernel.Ended;
        kernel.Dispose();
        // A cell that still computes would keep the process, and its ports, alive.
        Environment.Exit(0);
        return 0;
    }
}
