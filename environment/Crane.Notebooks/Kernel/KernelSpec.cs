using System.Diagnostics;
using System.Reflection;
using System.Text.Json.Nodes;
using Crane.Core;
using Crane.Notebooks.Engine;
using Crane.Notebooks.Files;

namespace Crane.Notebooks.Kernel;

/// <summary>The folder by which Jupyter knows a kernel. The name is that of Polyglot Notebooks' C# kernel, so that one notebook file serves both.</summary>
internal static class KernelSpec
{
    public const string Name = ".net-csharp";

    private static readonly string[] Files = ["kernel.json", "kernel.js", "plotly.js", "logo-svg.svg"];

    /// <summary>The kernels of the user, where Jupyter looks for them on this system.</summary>
    public static string OfUser()
    {
        if (Environment.GetEnvironmentVariable("JUPYTER_DATA_DIR") is { Length: > 0 } data)
            return Path.Combine(data, "kernels");
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return OperatingSystem.IsWindows() ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), "jupyter", "kernels")
            : OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Jupyter", "kernels")
            : Path.Combine(Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } xdg ? xdg : Path.Combine(home, ".local", "share"),
                "jupyter", "kernels");
    }

    public static string BelowPrefix(string prefix) => Path.Combine(Path.GetFullPath(prefix), "share", "jupyter", "kernels");

    /// <summary>Python's <c>sys.prefix</c>.</summary>
    /// <exception cref="NotebookException">No environment is active and there is no Python.</exception>
    public static string SystemPrefix()
    {
        foreach (var variable in (string[])["VIRTUAL_ENV", "CONDA_PREFIX"])
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } prefix)
                return prefix;
        try
        {
            using var python = Process.Start(new ProcessStartInfo(OperatingSystem.IsWindows() ? "python"
                : "python3", ["-c", "import sys; print(sys.prefix)"]) { RedirectStandardOutput = true })!;
            var answer = python.StandardOutput.ReadToEnd().Trim();
            python.WaitForExit();
            if (answer.Length > 0)
                return answer;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // Told below.
        }
        throw new NotebookException("--sys-prefix: no Python environment is active and 'python3' is not on the PATH. Use --user, or --prefix FOLDER.");
    }

    /// <summary>Writes the folder; an older one is replaced.</summary>
    public static void Install(string kernels, TextWriter log) => Guarded(kernels, folder =>
    {
        Directory.CreateDirectory(folder);
        AtomicFile.WriteAllText(Path.Combine(folder, "kernel.json"),
            Description().ToJsonString(new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n");
        foreach (var name in Files.Skip(1))
            AtomicFile.WriteAllText(Path.Combine(folder, name), name == "plotly.js" ? Pages.Page.PlotlyScript() : Resource(name));
        log.WriteLine($"The kernel '{Name}' is in {folder}; it runs {DotnetHost.Program}. Start 'jupyter notebook' or 'jupyter lab' and open a notebook.");
    });

    /// <summary>Takes the folder away.</summary>
    public static void Uninstall(string kernels, TextWriter log) => Guarded(kernels, folder =>
    {
        var file = Path.Combine(folder, "kernel.json");
        if (!File.Exists(file))
            throw new NotebookException($"There is no kernel '{Name}' in {kernels}.");
        if (!File.ReadAllText(file).Contains("crane", StringComparison.Ordinal))
            throw new NotebookException($"The kernel in {folder} is not this one, so it stays. Remove it with its own program.");
        foreach (var name in Files)
            File.Delete(Path.Combine(folder, name));
        if (!Directory.EnumerateFileSystemEntries(folder).Any())
            Directory.Delete(folder);
        log.WriteLine($"The kernel '{Name}' is gone from {kernels}.");
    });

    private static void Guarded(string kernels, Action<string> change)
    {
        try
        {
            change(Path.Combine(kernels, Name));
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new NotebookException($"{kernels} cannot be changed: {e.Message} Use --user, or another --prefix.");
        }
    }

    private static JsonObject Description() => new()
    {
        ["argv"] = new JsonArray(DotnetHost.Path, DotnetHost.Program, "kernel", "{connection_file}"),
        ["display_name"] = ".NET (C#)",
        ["language"] = "C#",
        ["interrupt_mode"] = "message",
        ["metadata"] = new JsonObject { ["debugger"] = false },
        // Quick start counts more here than the last bit of speed of the engine; the library's heavy work is native.
        ["env"] = new JsonObject { ["DOTNET_TieredPGO"] = "0", ["DOTNET_NOLOGO"] = "1" },
    };

    private static string Resource(string name)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream($"Crane.Notebooks.Kernel.{name}")!);
        return reader.ReadToEnd();
    }
}
