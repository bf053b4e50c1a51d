using System.CommandLine;
using System.CommandLine.Parsing;
using Crane.Notebooks.Engine;
using Crane.Notebooks.Files;
using Crane.Notebooks.Kernel;
using Crane.Notebooks.Running;

namespace Crane.Notebooks;

/// <summary>The verbs of <c>crane</c>.</summary>
internal static class CommandLine
{
    public static RootCommand Create() => new("Runs the notebooks of Crane without a browser and without Python.") { Chapters(), Run(), Pretrain(), Train("sft"), Train("grpo"), Tune(), Evaluate(), Memory(), Strata(), Install(), Uninstall(), Kernel(), Cells() };

    private static Command Chapters()
    {
        var full = new Option<bool>("--full") { Description = "Make the numbers of the README; takes long." };
        var timeout = Timeout();
        var command = new Command("chapters", "Run all chapters in quick mode and write artifacts/report.html.") { full, timeout };
        command.SetAction((parsed, cancellation) => Guarded(() => Execute([], [], parsed.GetValue(full), parsed.GetValue(timeout), inPlace: false, outFolder: null, html: true, cancellation)));
        return command;
    }

    private static Command Run()
    {
        var names = new Argument<string[]>("notebooks") { Description = "Chapters by name or its beginning, or paths of notebooks. None: all chapters.", Arity = ArgumentArity.ZeroOrMore };
        var parameters = new Option<string[]>("-p", "--parameter") { Description = "Name=value: sets a variable of the cell tagged 'parameters'.", AllowMultipleArgumentsPerToken = false };
        var timeout = Timeout();
        var inPlace = new Option<bool>("--in-place") { Description = "Refresh the outputs of the notebooks themselves." };
        var outFolder = new Option<string?>("--out") { Description = "Folder for the copies with outputs; artifacts/notebooks unless given." };
        var html = new Option<bool>("--html") { Description = "Also write a self-contained page for each notebook, and a report." };
        var quick = new Option<bool>("--quick") { Description = "The shipped checkpoints, fewer items; this is the default." };
        var full = new Option<bool>("--full") { Description = "Make the numbers of the README; takes long." };
        var command = new Command("run", "Run notebooks in order; one that fails does not keep the others from running.") { names, parameters, timeout, inPlace, outFolder, html, quick, full };
        command.Validators.Add(result =>
        {
            if (result.GetValue(quick) && result.GetValue(full))
                result.AddError("--quick and --full exclude each other.");
        });
        command.SetAction((parsed, cancellation) => Guarded(() => Execute(parsed.GetValue(names)!, parsed.GetValue(parameters) ?? [], parsed.GetValue(full),
            parsed.GetValue(timeout), parsed.GetValue(inPlace), parsed.GetValue(outFolder), parsed.GetValue(html) || parsed.GetValue(names)!.Length == 0, cancellation)));
        return command;
    }

    private static Command Pretrain()
    {
        var output = new Option<string>("--out") { Description = "Folder of the new checkpoint.", DefaultValueFactory = _ => Path.Combine("artifacts", "nano") };
        var seed = new Option<int>("--seed") { Description = "Fixes weights, lessons and pictures.", DefaultValueFactory = _ => 1 };
        var threads = new Option<int>("--threads") { Description = "Threads of libtorch; one is steadiest where other work runs.", DefaultValueFactory = _ => 1 };
        var command = new Command("pretrain", "Train the nano base from nothing; goes on with a run that was stopped.") { output, seed, threads };
        command.SetAction((parsed, cancellation) => Guarded(() => PretrainCommand.Run(Path.GetFullPath(parsed.GetValue(output)!), parsed.GetValue(seed), parsed.GetValue(threads), Console.Out, cancellation)));
        return command;
    }

    private static Command Train(string stage)
    {
        var from = new Option<string>("--from") { Description = "Folder of the model to begin with.", DefaultValueFactory = _ => stage == "sft" ? Path.Combine("data", "nano") : Path.Combine("artifacts", "crane", "sft") };
        var output = new Option<string>("--out") { Description = "Folder of the new checkpoint.", DefaultValueFactory = _ => Path.Combine("artifacts", "crane", stage) };
        var seed = new Option<int>("--seed") { Description = "Fixes lessons, order and draws.", DefaultValueFactory = _ => 1 };
        var steps = new Option<int?>("--steps") { Description = "Optimiser steps; left out: the recipe's." };
        var command = new Command(stage, stage == "sft" ? "Teach the nano base CRANE's chain; goes on with a run that was stopped." : "Train on with the Cognitive Routing Reward; goes on with a run that was stopped.") { from, output, seed, steps };
        command.SetAction((parsed, cancellation) => Guarded(() => TrainCommand.Run(new(stage, Path.GetFullPath(parsed.GetValue(from)!), Path.GetFullPath(parsed.GetValue(output)!), parsed.GetValue(seed),
            parsed.GetValue(steps)), Console.Out, cancellation)));
        return command;
    }

    private static Command Tune()
    {
        var methods = new Argument<string[]>("methods") { Description = "Ids of methods; none: all.", Arity = ArgumentArity.ZeroOrMore };
        var output = new Option<string>("--out") { Description = "Folder of the records.", DefaultValueFactory = _ => Path.Combine("data", "results", "tuning") };
        var edits = new Option<int>("--edits-per-kind") { Description = "Dev edits of each kind.", DefaultValueFactory = _ => 4 };
        var seed = new Option<int>("--seed") { Description = "Fixes the choice of edits.", DefaultValueFactory = _ => 1 };
        var minutes = new Option<double>("--minutes") { Description = "Stop after this time; the same command goes on.", DefaultValueFactory = _ => 120 };
        var command = new Command("tune", "Search settings of the editing methods on the dev split; goes on with a search that was stopped.") { methods, output, edits, seed, minutes };
        command.SetAction((parsed, cancellation) => Guarded(() => TuneCommand.Run(parsed.GetValue(methods)!, Path.GetFullPath(parsed.GetValue(output)!), parsed.GetValue(edits), parsed.GetValue(seed),
            parsed.GetValue(minutes), Console.Out, cancellation)));
        return command;
    }

    private static Command Evaluate()
    {
        var method = new Argument<string>("method") { Description = $"One of {string.Join(", ", EvaluateCommand.Known)}." };
        var retrieval = new Option<string>("--retrieval") { Description = "gold, none or adversarial, for methods that work through the prompt.", DefaultValueFactory = _ => "gold" };
        var setting = new Option<string>("--setting") { Description = "single, sequential-10, sequential-100, sequential-all, …", DefaultValueFactory = _ => "single" };
        var split = new Option<string>("--split") { Description = "train, dev or test.", DefaultValueFactory = _ => "test" };
        var quick = new Option<bool>("--quick") { Description = "Only the quick subset; nothing goes to data/results/summary.jsonl." };
        var edits = new Option<int?>("--edits") { Description = "Only the first so many edits." };
        var output = new Option<string>("--out") { Description = "Folder of the runs.", DefaultValueFactory = _ => Path.Combine("artifacts", "runs") };
        var minutes = new Option<double?>("--minutes") { Description = "Stop after so many minutes; the same command goes on." };
        minutes.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double?>() is not (null or > 0 and < 10_000))
                result.AddError("--minutes takes a number of minutes above 0.");
        });
        var command = new Command("evaluate", "Evaluate a method on the benchmark; goes on with a run that was stopped.") { method, retrieval, setting, split, quick, edits, output, minutes };
        command.SetAction((parsed, cancellation) => Guarded(() => EvaluateCommand.Run(new(parsed.GetValue(method)!, parsed.GetValue(retrieval)!, parsed.GetValue(setting)!, parsed.GetValue(split)!,
            parsed.GetValue(quick), parsed.GetValue(edits), Path.GetFullPath(parsed.GetValue(output)!), parsed.GetValue(minutes)), Console.Out, cancellation)));
        return command;
    }

    private static Command Strata()
    {
        var output = new Option<string>("--out") { Description = "The file to write.", DefaultValueFactory = _ => Path.Combine("data", "benchmark", "strata.jsonl") };
        var samples = new Option<int>("--samples") { Description = "Answers drawn for each edit.", DefaultValueFactory = _ => 8 };
        var seed = new Option<int>("--seed") { Description = "Of the draws.", DefaultValueFactory = _ => 1 };
        var command = new Command("strata", "Measure how firmly the base holds what the benchmark edits.") { output, samples, seed };
        command.SetAction((parsed, cancellation) => Guarded(() => EvaluateCommand.Strata(Path.GetFullPath(parsed.GetValue(output)!), parsed.GetValue(samples), parsed.GetValue(seed), Console.Out, cancellation)));
        return command;
    }

    private static Command Memory()
    {
        var output = new Option<string>("--out") { Description = "Folder of the new files.", DefaultValueFactory = _ => Path.Combine("artifacts", "memory") };
        var seed = new Option<int>("--seed") { Description = "Fixes nets, pictures and questions.", DefaultValueFactory = _ => 1 };
        var command = new Command("memory", "Learn the picture net and the gates of the two libraries from the benchmark's training edits; goes on with a run that was stopped.") { output, seed };
        command.SetAction((parsed, cancellation) => Guarded(() => MemoryCommand.Run(Path.GetFullPath(parsed.GetValue(output)!), parsed.GetValue(seed), Console.Out, cancellation)));
        return command;
    }

    private static Command Install()
    {
        var (place, options) = Place();
        var command = With(new Command("install", $"Make this program the C# kernel of Jupyter, under the name '{KernelSpec.Name}'."), options);
        command.SetAction((parsed, _) => Guarded(() => Done(() => KernelSpec.Install(place(parsed), Console.Out))));
        return command;
    }

    private static Command Uninstall()
    {
        var (place, options) = Place();
        var command = With(new Command("uninstall", "Take the kernel away from Jupyter again."), options);
        command.SetAction((parsed, _) => Guarded(() => Done(() => KernelSpec.Uninstall(place(parsed), Console.Out))));
        return command;
    }

    private static (Func<ParseResult, string> Folder, List<Option> Options) Place()
    {
        var user = new Option<bool>("--user") { Description = "For this user; this is the default." };
        var sysPrefix = new Option<bool>("--sys-prefix") { Description = "For the Python environment that is active, or else the one that 'python3' belongs to." };
        var prefix = new Option<string?>("--prefix") { Description = "Below this folder, in share/jupyter/kernels." };
        return (parsed => parsed.GetValue(prefix) is { } folder ? KernelSpec.BelowPrefix(folder) : parsed.GetValue(sysPrefix) ? KernelSpec.BelowPrefix(KernelSpec.SystemPrefix()) : KernelSpec.OfUser(),
            [user, sysPrefix, prefix]);
    }

    private static Command With(Command command, List<Option> places)
    {
        places.ForEach(command.Options.Add);
        command.Validators.Add(result =>
        {
            if (places.Count(o => result.GetResult(o) is OptionResult { Implicit: false }) > 1)
                result.AddError("--user, --sys-prefix and --prefix exclude each other.");
        });
        return command;
    }

    private static Task<int> Done(Action action)
    {
        action();
        return Task.FromResult(0);
    }

    private static Command Kernel()
    {
        var file = new Argument<string>("connection-file") { Description = "Written by the client." };
        var command = new Command("kernel", "Serve a Jupyter client; Jupyter itself calls this.") { file };
        command.SetAction((parsed, _) => Guarded(() => KernelCommand.Run(parsed.GetValue(file)!)));
        return command;
    }

    private static Command Cells()
    {
        var folder = new Argument<string>("folder") { Description = "The notebook's folder." };
        var pipe = new Argument<string>("pipe") { Description = "Handle of the pipe that takes what the cells show." };
        var command = new Command("cells", "Runs the cells of a notebook for the runner, which calls this itself.") { folder, pipe };
        command.Hidden = true;
        command.SetAction((parsed, _) => CellHost.Run(parsed.GetValue(folder)!, parsed.GetValue(pipe)!));
        return command;
    }

    private static Option<double> Timeout()
    {
        var timeout = new Option<double>("--timeout") { Description = "Seconds for each cell.", DefaultValueFactory = _ => 1800 };
        timeout.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (> 0 and < 1e6))
                result.AddError("--timeout takes a number of seconds above 0.");
        });
        return timeout;
    }

    private static async Task<int> Execute(
        string[] names, string[] parameters, bool full, double timeoutSeconds, bool inPlace, string? outFolder, bool html, CancellationToken cancellation)
    {
        var root = Running.Chapters.Root();
        var paths = names.Length > 0 ? names.Select(n => Running.Chapters.Find(root, n)).ToArray() : [.. Running.Chapters.All(root)];
        if (paths.Length == 0)
            throw new NotebookException($"There are no notebooks in '{Path.Combine(root, "notebooks")}'.");
        var (notebooks, refused) = Load(paths);
        return await RunCommand.Run(new RunSettings
        {
            Notebooks = notebooks,
            Refused = refused,
            TerminalWidth = Console.IsOutputRedirected || Environment.GetEnvironmentVariable("TERM") == "dumb" ? 0 : Console.WindowWidth,
            Parameters = Values(parameters),
            Full = full,
            CellTimeout = TimeSpan.FromSeconds(timeoutSeconds),
            InPlace = inPlace,
            OutFolder = Path.GetFullPath(outFolder ?? Path.Combine(root, "artifacts", "notebooks")),
            Html = html,
            ReportPath = html ? Path.Combine(outFolder is null ? Path.Combine(root, "artifacts") : Path.GetFullPath(outFolder), "report.html") : null,
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

    private static async Task<int> Guarded(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (NotebookException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 2;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync($"{Environment.NewLine}Cancelled. The notebook that was running is not written.");
            return 130;
        }
    }
}
