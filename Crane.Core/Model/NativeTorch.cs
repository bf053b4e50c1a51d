using System.Runtime.InteropServices;
using TorchSharp;

namespace Crane.Core.Model;

/// <summary>Makes sure that libtorch loads, and says what to do where it does not: TorchSharp's own message names the wrong cause on some systems.</summary>
public static class NativeTorch
{
    private static readonly Lazy<Exception?> Failure = new(() =>
    {
        try
        {
            torch.InitializeDeviceType(DeviceType.CPU);
            return null;
        }
        catch (Exception e) when (e is NotSupportedException or DllNotFoundException or BadImageFormatException or TypeInitializationException
            or FileNotFoundException) { return e; }
    });

    /// <summary>Loads libtorch once.</summary>
    /// <exception cref="InvalidOperationException">It is missing or does not fit this system; the message says what to do.</exception>
    public static void Ensure()
    {
        if (Failure.Value is { } cause)
            throw new InvalidOperationException(Explain(Path.GetDirectoryName(typeof(torch).Assembly.Location)!,
                RuntimeInformation.RuntimeIdentifier, cause), cause);
    }

    /// <summary>What is wrong and what to do, from the files that lie beside TorchSharp.dll.</summary>
    /// <param name="folder">Folder of TorchSharp.dll.</param>
    /// <param name="runtime">Runtime identifier, for example linux-x64.</param>
    /// <param name="cause">What the loader said.</param>
    internal static string Explain(string folder, string runtime, Exception cause)
    {
        string[] names = runtime.StartsWith("win", StringComparison.Ordinal) ? ["LibTorchSharp.dll", "torch_cpu.dll"]
            : runtime.StartsWith("osx", StringComparison.Ordinal) ? ["libLibTorchSharp.dylib", "libtorch_cpu.dylib"]
                : ["libLibTorchSharp.so", "libtorch_cpu.so"];
        var missing = names.Where(name => !File.Exists(Path.Combine(folder, name))).ToList();
        if (missing.Count > 0)
            return $"libtorch is not installed for {runtime}: {string.Join(" and ", missing)} {(missing.Count == 1 ? "is" : "are")} not in '{folder}'. "
                + $"Build again with `dotnet build -c Release -r {runtime}`; packages exist for linux-x64, win-x64, win-arm64 and osx-arm64, and for NVIDIA GPUs with -p:TorchFlavor=cuda.";
        return $"libtorch in '{folder}' does not load on {runtime}: {cause.GetBaseException().Message} If it names a GLIBC or GLIBCXX version, the system is older than Debian 12 or Ubuntu 22.04, "
            + "or the files were copied without the build step of environment/native, which makes them fit; build there instead of copying. If it names a CUDA library, the driver is missing or older than CUDA 12.8.";
    }
}
