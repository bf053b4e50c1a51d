using System.Diagnostics;
using Crane.Core.Evaluation.Runs;

namespace Crane.Core.Tests.Evaluation.Runs;

/// <summary>The runner as a process of its own, killed while it writes.</summary>
public sealed class KilledRunTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory().FullName;

    [Fact]
    public void Evaluate_KilledInTheMiddleAndStartedAgain_WritesTheSameFile()
    {
        using (var whole = Start("whole"))
        {
            whole.WaitForExit();
            Assert.Equal(0, whole.ExitCode);
        }
        using (var killed = Start("killed"))
        {
            // Its probes go to disk edit by edit: as soon as the first edit's are there, the others' are missing.
            while (!killed.HasExited && !(File.Exists(Probes("killed")) && new FileInfo(Probes("killed")).Length > 0)) Thread.Sleep(5);
            killed.Kill(entireProcessTree: true);   // SIGKILL: nothing can be tidied up
            killed.WaitForExit();
            Assert.NotEqual(0, killed.ExitCode);
        }
        Assert.InRange(new FileInfo(Probes("killed")).Length, 1, new FileInfo(Probes("whole")).Length - 1);
        using (var again = Start("killed"))
        {
            again.WaitForExit();
            Assert.Equal(0, again.ExitCode);
        }
        Assert.Equal(File.ReadAllBytes(Probes("whole")), File.ReadAllBytes(Probes("killed")));
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private string Probes(string run) => Path.Combine(root, run, "dev", "ft-single-none", EvaluationRun.ProbesFile);

    private Process Start(string run)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "crane.dll"), "evaluate", "ft", "--split", "dev", "--edits", "3",
            "--out", Path.Combine(root, run)])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["CRANE_DATA"] = DataFolder.Path;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        return process;
    }
}
