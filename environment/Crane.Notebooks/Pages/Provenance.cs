using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Crane.Notebooks.Pages;

/// <summary>What the numbers of a report came from.</summary>
internal static class Provenance
{
    public static IReadOnlyList<(string Name, string Value)> Now(string folder, string mode) =>
    [
        ("commit", Commit(folder)),
        ("mode", mode),
        (".NET", RuntimeInformation.FrameworkDescription),
        ("system", RuntimeInformation.RuntimeIdentifier),
        ("processor", Machine()),
        ("date", DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)),
    ];

    /// <summary>Processor and cores.</summary>
    public static string Machine() => $"{Processor()}, {Environment.ProcessorCount} cores";

    /// <summary>The commit of a checkout, and whether it has changes.</summary>
    public static string Commit(string folder) => Git(folder, "rev-parse --short=12 HEAD") is { Length: > 0 } commit
        ? commit + (Git(folder, "status --porcelain --untracked-files=no") is { Length: > 0 } ? " with local changes" : "")
        : "not a git checkout";

    private static string? Git(string folder, string arguments)
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
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
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString()
        : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();
}
