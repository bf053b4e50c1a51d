using System.Diagnostics;
using System.Globalization;

namespace Crane.Bench;

/// <summary>Seconds of one run.</summary>
/// <param name="Wall">By the clock.</param>
/// <param name="Processor">Of processor time, all threads of the process: what others on the machine take does not count.</param>
internal readonly record struct Seconds(double Wall, double Processor);

/// <summary>PyTorch in a process of its own, which runs <c>qwen3vl_torch.py</c> and works only while it is asked.</summary>
internal sealed class TorchPeer : IDisposable
{
    private const string Script = "qwen3vl_torch.py";
    private readonly Process process;

    private TorchPeer(Process process, string version) => (this.process, Version) = (process, version);

    /// <summary>Version of PyTorch.</summary>
    public string Version { get; }

    /// <summary>Starts PyTorch on a checkpoint.</summary>
    /// <param name="python">The interpreter, one that has torch.</param>
    /// <param name="folder">The checkpoint.</param>
    /// <returns>null where it does not start; standard error says why.</returns>
    public static TorchPeer? Start(string python, string folder)
    {
        var start = new ProcessStartInfo(python, [Path.Combine(AppContext.BaseDirectory, Script), folder]) { RedirectStandardInput = true,
            RedirectStandardOutput = true };
        foreach (var name in (string[])["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]) start.Environment[name] = "1";
        try
        {
            var process = Process.Start(start)!;
            return process.StandardOutput.ReadLine() is { } version ? new TorchPeer(process, version) : null;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            Console.Error.WriteLine($"{python}: {e.Message}");
            return null;
        }
    }

    /// <summary>Runs a command once.</summary>
    public Seconds Run(string command)
    {
        process.StandardInput.WriteLine(command);
        process.StandardInput.Flush();
        if (process.StandardOutput.ReadLine()?.Split(' ') is not [var wall, var processor])
            throw new InvalidOperationException($"{Script} ended at '{command}'; its message is above.");
        return new(double.Parse(wall, CultureInfo.InvariantCulture), double.Parse(processor, CultureInfo.InvariantCulture));
    }

    /// <summary>Runs a command and reads the numbers that it computed.</summary>
    public float[] Answer(string command)
    {
        var path = Path.GetTempFileName();
        try
        {
            Run($"{command} {path}");
            var bytes = File.ReadAllBytes(path);
            var numbers = new float[bytes.Length / sizeof(float)];
            Buffer.BlockCopy(bytes, 0, numbers, 0, bytes.Length);
            return numbers;
        }
        finally { File.Delete(path); }
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }
}
