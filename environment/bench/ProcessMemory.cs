using System.Globalization;

namespace Crane.Bench;

/// <summary>What the kernel says about this process's memory (Linux, <c>/proc/self/status</c>).</summary>
internal static class ProcessMemory
{
    /// <summary>Bytes that are resident now.</summary>
    public static long Resident => Field("VmRSS");

    /// <summary>Most bytes that were ever resident.</summary>
    public static long Peak => Field("VmHWM");

    private static long Field(string name)
    {
        const string path = "/proc/self/status";
        if (!File.Exists(path)) throw new PlatformNotSupportedException($"{path} is missing: memory is measured on Linux only.");
        var line = File.ReadLines(path).First(line => line.StartsWith(name + ":", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[1], CultureInfo.InvariantCulture);
    }
}
