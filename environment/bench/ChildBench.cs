using System.Diagnostics;

namespace Crane.Bench;

/// <summary>A measurement in a process of its own.</summary>
internal static class ChildBench
{
    /// <summary>Starts this program with a hidden verb.</summary>
    /// <returns>Its exit code and what it printed.</returns>
    public static (int Exit, string Printed) Run(params string[] arguments)
    {
        string[] host = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(ChildBench).Assembly.Location] : [];
        using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [.. host, .. arguments]) { RedirectStandardOutput = true })!;
        var printed = child.StandardOutput.ReadToEnd().Trim();
        child.WaitForExit();
        return (child.ExitCode, printed);
    }
}
