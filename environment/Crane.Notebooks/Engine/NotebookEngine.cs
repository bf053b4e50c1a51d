using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Crane.Notebooks.Cells;
using Crane.Notebooks.Formatting;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.CodeAnalysis.Scripting.Hosting;

namespace Crane.Notebooks.Engine;

/// <summary>Runs C# cells one after another, each seeing what the earlier ones declared. One engine serves one notebook; whoever drives it (the
/// headless runner, a Jupyter kernel) says where the outputs go.</summary>
public sealed class NotebookEngine : IDisposable
{
    private readonly CellThread thread = new();
    private readonly InteractiveAssemblyLoader loader = new();
    private readonly ScriptReferences references;
    private ScriptOptions options;
    private ScriptState<object>? state;
    private int executionCount;

    /// <param name="folder">The notebook's folder, from which <c>#r</c> paths are taken.</param>
    public NotebookEngine(string folder)
    {
        references = new ScriptReferences(Path.GetFullPath(folder), loader);
        options = ScriptOptions.Default
            .WithReferences(ScriptReferences.Framework)
            .AddReferences(references.Add(typeof(NotebookEngine).Assembly))
            .WithImports("System", "System.IO", "System.Text", "System.Linq", "System.Collections", "System.Collections.Generic",
                "System.Threading", "System.Threading.Tasks", "Microsoft.DotNet.Interactive.Formatting",
                "Crane.Notebooks.Cells", "Crane.Notebooks.Cells.CellFunctions")
            // Not optimised: the JIT then knows the line of every fault, and heavy work is in the library anyway.
            .WithEmitDebugInformation(true)
            .WithFileEncoding(Encoding.UTF8)
            .WithLanguageVersion(LanguageVersion.Latest);
        CellConsole.Install();
    }

    /// <summary>Runs a cell to its end.</summary>
    /// <param name="code">The cell's source.</param>
    /// <param name="show">Takes the outputs as they come, one at a time, on whatever thread made them.</param>
    /// <param name="cancellation">What the cell sees as <c>Cell.Cancellation</c>. A cell that does not look at it runs on.</param>
    public Task<CellResult> Execute(string code, Action<CellOutput> show, CancellationToken cancellation = default) => thread.Run(async () =>
    {
        var scope = new CellScope(++executionCount, show, cancellation);
        CellScope.Current = scope;
        var clock = Stopwatch.StartNew();
        var error = await TryRun(code, scope, clock);
        if (error is not null)
            scope.Show(new ErrorOutput(error));
        return new CellResult(error, scope.ExecutionCount, clock.Elapsed);
    });

    /// <summary>Lets the cell thread end when it is idle. A cell that is still running is abandoned.</summary>
    public void Dispose()
    {
        thread.Dispose();
        loader.Dispose();
    }

    private async Task<CellError?> TryRun(string code, CellScope scope, Stopwatch clock)
    {
        var file = $"cell {scope.ExecutionCount}";
        try
        {
            var source = CellSource.Parse(code);
            foreach (var (reference, line) in source.References)
                options = options.AddReferences(references.Add(reference, line));
            if (source.About)
                scope.Display(About(), "text/plain");
            foreach (var part in source.Parts)
                if (part.IsMarkdown)
                    scope.Display(part.Text, "text/markdown");
                else if (await RunCSharp(part.Text, file, scope) is { } failure)
                    return CellError.Of(failure, file);
            if (source.Timed)
                scope.Display($"Wall time: {clock.Elapsed.TotalMilliseconds:F1} ms", "text/plain");
            return null;
        }
        catch (CellSourceException e)
        {
            return CellError.Simple("CellError", e.Message, e.Line);
        }
        catch (CompilationErrorException e)
        {
            return CellError.OfCompilation(e);
        }
        catch (Exception e)
        {
            return CellError.Of(e, file);
        }
    }

    // What was declared before the failure stays: the next cell goes on from there.
    private async Task<Exception?> RunCSharp(string code, string file, CellScope scope)
    {
        options = options.WithFilePath(file);
        state = state is null
            ? await CSharpScript.Create<object>(code, options, globalsType: null, loader).RunAsync(globals: null, catchException: _ => true)
            : await state.ContinueWithAsync<object>(code, options, catchException: _ => true);
        if (state.Exception is null && state.ReturnValue is { } value and not DisplayedValue)
            scope.Show(new ResultOutput(MimeBundle.Of(value), scope.ExecutionCount));
        return state.Exception;
    }

    private static string About() => $"""
        Crane notebook engine: C# {LanguageVersion.Latest.MapSpecifiedToEffectiveVersion().ToDisplayString()}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}
        Packages: {string.Join(", ", ShippedPackages.Names.Where(n => !n.StartsWith("System.", StringComparison.Ordinal)).Order(StringComparer.Ordinal))}
        """;
}
