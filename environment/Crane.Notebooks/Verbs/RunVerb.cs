using System.CommandLine;
using Crane.Notebooks.Files;
using Crane.Notebooks.Running;

namespace Crane.Notebooks.Verbs;

/// <summary>What to run and where the outputs go.</summary>
/// <param name="Names">Chapters by the beginning of their name, or paths; none: all chapters.</param>
/// <param name="Parameters">Each <c>Name=value</c>.</param>
/// <param name="Full">Full mode instead of quick.</param>
/// <param name="CellSeconds">Time of a cell.</param>
/// <param name="InPlace">Whether the notebooks themselves get the outputs.</param>
/// <param name="Out">Folder of the copies; null: artifacts/notebooks.</param>
/// <param name="Html">Whether pages are written.</param>
internal sealed record RunOptions(string[] Names, string[] Parameters, bool Full, double CellSeconds, bool InPlace, string? Out, bool Html);

/// <summary><c>crane run</c>: notebooks without a browser.</summary>
internal static class RunVerb
{
    private const double QuickCellSeconds = 1800, FullCellSeconds = 7200;

    public static Command Create()
    {
        var names = new Argument<string[]>("notebooks") { Description = "Chapters by name or its beginning, or paths of notebooks. None: all chapters.",
            Arity = ArgumentArity.ZeroOrMore };
        var parameters = new Option<string[]>("-p", "--parameter") { Description = "Name=value: sets a variable of the cell tagged 'parameters'.",
            AllowMultipleArgumentsPerToken = false };
        var timeout = Timeout();
        var inPlace = new Option<bool>("--in-place") { Description = "Refresh the outputs of the notebooks themselves." };
        var outFolder = new Option<string?>("--out") { Description = "Folder for the copies with outputs; artifacts/notebooks unless given." };
        var html = new Option<bool>("--html") { Description = "Also write a self-contained page for each notebook, and a report." };
        var quick = new Option<bool>("--quick") { Description = "The shipped checkpoints, fewer items; this is the default." };
        var full = new Option<bool>("--full") { Description = "Make the numbers of the README; takes long." };
        var command = new Command("run", "Run notebooks in order; one that fails does not keep the others from running.")
        {
            names, parameters, timeout, inPlace, outFolder, html, quick, full,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(quick) && result.GetValue(full))
                result.AddError("--quick and --full exclude each other.");
        });
        command.SetAction((parsed, cancellation) =>
            Verb.Guarded(() => Execute(new(parsed.GetValue(names)!, parsed.GetValue(parameters) ?? [], parsed.GetValue(full),
            CellSeconds(parsed.GetValue(timeout), parsed.GetValue(full)), parsed.GetValue(inPlace), parsed.GetValue(outFolder), parsed.GetValue(html)
                || parsed.GetValue(names)!.Length == 0), cancellation)));
        return command;
    }

    internal static Option<double?> Timeout() =>
        Verb.Time("--timeout", $"Seconds for each cell; {QuickCellSeconds} unless given, {FullCellSeconds} with --full.", "seconds", 1e6);

    /// <summary>The time of each cell: as given, or else that of the mode.</summary>
    internal static double CellSeconds(double? given, bool full) => given ?? (full ? FullCellSeconds : QuickCellSeconds);

    internal static Task<int> Execute(RunOptions options, CancellationToken cancellation)
    {
        var root = Chapters.Root();
        var paths = options.Names.Length > 0 ? options.Names.Select(n => Chapters.Find(root, n)).ToArray() : [.. Chapters.All(root)];
        if (paths.Length == 0)
            throw new NotebookException($"There are no notebooks in '{Path.Combine(root, "notebooks")}'.");
        var (notebooks, refused) = Load(paths);
        return RunCommand.Run(new RunSettings
        {
            Notebooks = notebooks,
            Refused = refused,
            TerminalWidth = Console.IsOutputRedirected || Environment.GetEnvironmentVariable("TERM") == "dumb" ? 0 : Console.WindowWidth,
            Parameters = Values(options.Parameters),
            Full = options.Full,
            CellTimeout = TimeSpan.FromSeconds(options.CellSeconds),
            InPlace = options.InPlace,
            OutFolder = Path.GetFullPath(options.Out ?? Path.Combine(root, "artifacts", "notebooks")),
            Html = options.Html,
            ReportPath = options.Html ? Path.Combine(options.Out is null ? Path.Combine(root, "artifacts") : Path.GetFullPath(options.Out), "report.html")
                : null,
        }, Console.Out, cancellation);
    }

    private static (List<Notebook> Notebooks, List<(string Path, string Reason)> Refused) Load(IEnumerable<string> paths)
    {
        var (notebooks, refused) = (new List<Notebook>(), new List<(string, string)>());
        foreach (var path in paths)
            try
            {
                notebooks.Add(Notebook.Load(path));
            }
            catch (NotebookException e)
            {
                refused.Add((path, e.Message));
            }
        return notebooks.Count > 0 ? (notebooks, refused) : throw new NotebookException(string.Join(Environment.NewLine, refused.Select(r => r.Item2)));
    }

    private static Dictionary<string, string> Values(string[] parameters)
    {
        var values = new Dictionary<string, string>();
        foreach (var parameter in parameters)
        {
            var parts = parameter.Split('=', 2);
            if (parts is not [{ Length: > 0 } name, var value])
                throw new NotebookException($"-p {parameter}: 'Name=value' was expected.");
            values[name] = value;
        }
        return values;
    }
}
