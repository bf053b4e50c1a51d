using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Crane.Core;

/// <summary>Which code on which machine made a number.</summary>
public static class CodeOrigin
{
    /// <summary>The commit of a checkout, and whether it has changes.</summary>
    /// <param name="folder">Inside the checkout.</param>
    public static string Commit(string folder) => Git(folder, "rev-parse --short=12 HEAD") is { Length: > 0 } commit
        ? commit + (Git(folder, "status --porcelain --untracked-files=no") is { Length: > 0 } ? " with local changes" : "")
        : "not a git checkout";

    /// <summary>Processor and cores.</summary>
    public static string Machine() => $"{Processor()}, {Environment.ProcessorCount} cores";

    private static string? Git(string folder, string arguments)
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true,
                RedirectStandardError = true })!;
            var text = git.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return git.ExitCode == 0 ? text : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;   // git is not installed
        }
    }

    private static string Processor() => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
            ?? RuntimeInformation.ProcessArchitecture.ToString()
        : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();
}
