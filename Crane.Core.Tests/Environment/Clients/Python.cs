using System.Diagnostics;
using Crane.Notebooks.Kernel;

namespace Crane.Core.Tests.Notebooks;

/// <summary>Debian's Jupyter: the packages python3-jupyter-client, jupyter-nbconvert and jupyter-notebook, with this kernel installed where they
/// look.</summary>
internal sealed class Python : IDisposable
{
    // Debian's packages belong to Debian's Python, which need not be the first on the PATH.
    private const string Interpreter = "/usr/bin/python3";

    public string Folder { get; } = Directory.CreateTempSubdirectory("crane-jupyter-").FullName;

    public Python() => KernelSpec.Install(KernelSpec.BelowPrefix(Folder), TextWriter.Null);

    /// <summary>Skips the test where a module is missing; where everything was installed to be tested, that is a failure.</summary>
    public static void Need(string module) =>
        Clients.Need(File.Exists(Interpreter) && Run(["-c", $"import {module}"], null).Code == 0, $"Debian's Python module '{module}' (see .ci/run)");

    /// <summary>Starts the interpreter so that it sees this kernel, and no other configuration.</summary>
    public Process Start(params IEnumerable<string> arguments) => Process.Start(Info(arguments, Folder))!;

    public (int Code, string Out, string Error) Run(params IEnumerable<string> arguments) => Run(arguments, Folder);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static (int Code, string Out, string Error) Run(IEnumerable<string> arguments, string? folder)
    {
        using var process = Process.Start(Info(arguments, folder))!;
        var error = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, text, error.Result);
    }

    private static ProcessStartInfo Info(IEnumerable<string> arguments, string? folder)
    {
        var info = new ProcessStartInfo(Interpreter, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (folder is null)
            return info;
        info.WorkingDirectory = folder;
        info.Environment["JUPYTER_PATH"] = Path.Combine(folder, "share", "jupyter");
        foreach (var (variable, below) in new[] { ("JUPYTER_DATA_DIR", "data"), ("JUPYTER_RUNTIME_DIR", "runtime"), ("JUPYTER_CONFIG_DIR", "config"),
            ("HOME", "home") })
            info.Environment[variable] = Directory.CreateDirectory(Path.Combine(folder, below)).FullName;
        // HOME is where .NET, too, looks for packages; nothing is restored here, but documentation is read.
        info.Environment["NUGET_PACKAGES"] = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        return info;
    }
}

/// <summary>Programs that tests need and the README's test command does not ask for.</summary>
internal static class Clients
{
    /// <summary>Skips the test, with the reason; fails instead where CRANE_CLIENTS says that everything is installed.</summary>
    public static void Need(bool found, string what)
    {
        if (Environment.GetEnvironmentVariable("CRANE_CLIENTS") == "installed")
            Assert.True(found, $"{what} is missing, but CRANE_CLIENTS=installed.");
        Skip.IfNot(found, $"{what} is not installed.");
    }
}
