using System.Diagnostics;
using Crane.Core;
using Crane.Core.Evaluation.Tables;
using Crane.Notebooks.Files;
using Crane.Notebooks.Pages;

namespace Crane.Notebooks.Running;

/// <summary>Runs notebooks one after another and writes what came of each; one that fails or cannot be read does not keep the others from running.</summary>
public static class RunCommand
{
    private const string QuickParameter = "Quick";

    /// <returns>0 when all succeeded, 1 when a cell failed, 2 when a file could not be run at all.</returns>
    /// <exception cref="NotebookException">A parameter that no notebook has, or whose value does not fit; nothing has run then.</exception>
    public static async Task<int> Run(RunSettings settings, TextWriter writer, CancellationToken cancellation = default)
    {
        SetParameters(settings);
        var log = new RunLog(writer, settings.Mode, settings.TerminalWidth);
        Announce(settings, log);
        var (clock, results) = (Stopwatch.StartNew(), new List<ChapterResult>());
        foreach (var notebook in settings.Notebooks)
        {
            log.ChapterStarts(notebook, results.Count + 1, settings.Notebooks.Count);
            var result = await new NotebookRunner(settings.CellTimeout, log, settings.Start).Run(notebook, cancellation);
            results.Add(result);
            Write(settings, result, log);
            if (result.Failure is { } failure)
                log.Failure(result, failure);
        }
        WriteReport(settings, results, log);
        log.Line($"{results.Count(r => r.Succeeded)} of {settings.Notebooks.Count + settings.Refused.Count} notebooks ran to their end in {RunLog.Duration(clock.Elapsed.TotalSeconds)}.");
        foreach (var result in results.Where(r => !r.Succeeded))
            log.Line($"  {result.Notebook.Name} failed at code cell {result.Failure!.Number}: {result.Failure.Error.Name}");
        foreach (var (path, _) in settings.Refused)
            log.Line($"  {Path.GetFileName(path)} could not be run");
        return results.Any(r => !r.Succeeded) ? 1 : settings.Refused.Count > 0 ? 2 : 0;
    }

    // Said before anything runs, so that a typing error costs nothing.
    private static void SetParameters(RunSettings settings)
    {
        var known = settings.Notebooks.ToDictionary(n => n, Parameters.Of);
        foreach (var name in settings.Parameters.Keys)
            if (!known.Values.Any(parameters => parameters.Any(p => p.Name == name)))
                throw new NotebookException($"No notebook has a parameter '{name}'. " + string.Join(" ", known.Select(k =>
                    $"{k.Key.Name} has {(k.Value.Count == 0 ? "none" : string.Join(", ", k.Value.Select(p => $"{p.Name} ({p.Type})")))}.")));
        foreach (var (notebook, parameters) in known)
        {
            var values = settings.Parameters.Where(v => parameters.Any(p => p.Name == v.Key)).ToDictionary(v => v.Key, v => v.Value);
            // Chapters are quick unless told otherwise; the committed notebook then needs no injected cell.
            if (settings.Full && parameters.Any(p => p is { Name: QuickParameter, Type: "bool" }))
                values.TryAdd(QuickParameter, "false");
            Parameters.Inject(notebook, values);
        }
    }

    private static void Announce(RunSettings settings, RunLog log)
    {
        var seconds = settings.Notebooks.Select(n => n.RecordedSeconds(settings.Mode)).ToArray();
        var time = seconds.All(s => s is not null) ? $"about {RunLog.Duration(seconds.Sum(s => s!.Value))} when it was recorded"
            : seconds.Any(s => s is not null) ? $"at least {RunLog.Duration(seconds.Sum(s => s ?? 0))}, some have no recorded time" : "no time is recorded yet";
        var place = settings.InPlace ? "outputs refresh the notebooks themselves" : $"outputs go to {settings.OutFolder}";
        log.Line($"Running {settings.Notebooks.Count} notebook{(settings.Notebooks.Count == 1 ? "" : "s")} in {settings.Mode} mode ({time}); {place}.");
        foreach (var (_, reason) in settings.Refused)
            log.Line($"Not run: {reason}");
    }

    // A failed run never overwrites committed outputs.
    private static void Write(RunSettings settings, ChapterResult result, RunLog log)
    {
        var notebook = result.Notebook;
        var inPlace = settings.InPlace && result.Succeeded;
        if (inPlace)
            notebook.RecordSeconds(settings.Mode, result.Duration.TotalSeconds);
        var path = inPlace ? notebook.Path : Path.Combine(settings.OutFolder, notebook.Name + ".ipynb");
        notebook.Save(path);
        log.Line($"  wrote {path}");
        if (!settings.Html)
            return;
        var page = Path.Combine(settings.OutFolder, notebook.Name + ".html");
        Directory.CreateDirectory(settings.OutFolder);
        AtomicFile.WriteAllText(page, Page.Of(result, Provenance.Now(notebook.Folder, settings.Mode)));
        log.Line($"  wrote {page}");
    }

    private static void WriteReport(RunSettings settings, List<ChapterResult> results, RunLog log)
    {
        if (settings.ReportPath is not { } path)
            return;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var provenance = Provenance.Now(settings.Notebooks[0].Folder, settings.Mode);
        AtomicFile.WriteAllText(path, Page.Report(results, settings.Refused, provenance));
        AtomicFile.WriteAllText(Path.ChangeExtension(path, ".md"), ReportMarkdown.Of(results, settings.Refused, provenance, new(), Ablations.Shipped()));
        log.Line($"Report: {path}, and {Path.GetFileName(Path.ChangeExtension(path, ".md"))} beside it");
    }
}
