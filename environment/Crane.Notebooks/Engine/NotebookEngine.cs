using System.Collections.Immutable;
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
/// headless runner, the Jupyter kernel) says where the outputs go.</summary>
public sealed class NotebookEngine : ICells
{
    private readonly CellThread thread = new();
    private readonly InteractiveAssemblyLoader loader = new();
    private readonly ScriptReferences references;
    private readonly string folder;
    private readonly HashSet<string> importing = [];
    private readonly List<Action> live = [];
    private ScriptOptions options;
    private ScriptState<object>? state;
    private int executionCount;

    /// <param name="folder">The notebook's folder, from which <c>#r</c> paths are taken.</param>
    public NotebookEngine(string folder)
    {
        this.folder = Path.GetFullPath(folder);
        references = new ScriptReferences(this.folder, loader);
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

    /// <summary>What was executed so far, for completion: the declarations of all cells that compiled.</summary>
    internal ImmutableList<ScriptPiece> Pieces { get; private set; } = [];

    /// <summary>The number of the latest cell; 0 before the first.</summary>
    internal int ExecutionCount => executionCount;

    /// <summary>What the next cell may refer to before its own <c>#r</c> lines.</summary>
    internal ScriptOptions Options => options;

    /// <inheritdoc/>
    public Task<CellResult> Execute(string code, Action<CellOutput> show, CellOptions options, CancellationToken cancellation = default) =>
        thread.Run(async () =>
    {
        using var scope = new CellScope(options.Counted ? ++executionCount : executionCount, show, options, live, cancellation);
        CellScope.Current = scope;
        var (clock, file) = (Stopwatch.StartNew(), options.Counted ? $"cell {scope.ExecutionCount}" : "expression");
        CellError? error;
        await using (new Timer(_ => { if (scope.Overdue.IsCancellationRequested) thread.Wake(); }, null, CellScope.Patience, CellScope.Patience))
            error = await TryRun(code, file, scope, clock);
        error = DrawLastStates(file, scope) ?? error;
        if (error is not null)
            scope.Show(new ErrorOutput(error));
        return new CellResult(error, scope.ExecutionCount, clock.Elapsed);
    });

    /// <summary>Runs a cell as usual.</summary>
    /// <inheritdoc cref="ICells.Execute"/>
    public Task<CellResult> Execute(string code, Action<CellOutput> show, CancellationToken cancellation = default) =>
        Execute(code, show, new CellOptions(), cancellation);

    /// <summary>Lets the cell thread end when it is idle. A cell that is still running is abandoned.</summary>
    public void Dispose()
    {
        thread.Dispose();
        loader.Dispose();
    }

    // An interrupted cell, too, leaves its bars and charts as they were in the end.
    private static CellError? DrawLastStates(string file, CellScope scope)
    {
        try
        {
            scope.DrawLastStates();
            return null;
        }
        catch (Exception e)
        {
            return CellError.Of(e, file);
        }
    }

    private async Task<CellError?> TryRun(string code, string file, CellScope scope, Stopwatch clock)
    {
        try
        {
            var source = CellSource.Parse(code);
            foreach (var (reference, line) in source.References)
                options = options.AddReferences(await references.Add(reference, line, scope));
            if (source.About)
                scope.Display(About(), "text/plain");
            foreach (var part in source.Parts)
                if (await Run(part, file, scope) is { } failure)
                    return failure;
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
            return Told(e, file, scope);
        }
    }

    private async Task<CellError?> Run(CellPart part, string file, CellScope scope)
    {
        switch (part)
        {
            case MarkdownPart(var text):
                scope.Display(text, "text/markdown");
                return null;
            case ImportPart(var path, var line):
                return await Import(path, line, scope);
            case CSharpPart(var code):
                return await RunCSharp(code, file, scope) is { } failure ? Told(failure, file, scope) : null;
            default:
                throw new UnreachableException();
        }
    }

    // The imported cells run as if they stood here; the first failure ends them.
    private async Task<CellError?> Import(string path, int line, CellScope scope)
    {
        var full = Path.GetFullPath(path, folder);
        if (!importing.Add(full))
            throw new CellSourceException($"'{path}' imports itself.", line);
        try
        {
            foreach (var (name, code) in ImportedFile.Read(path, folder, line))
                if (await TryRun(code, name, scope, Stopwatch.StartNew()) is { } failure)
                    return failure with { Line = line, Trace = [$"in {name}, imported by line {line} of the cell:", .. failure.Trace] };
            return null;
        }
        finally
        {
            importing.Remove(full);
        }
    }

    // What was declared before the failure stays: the next cell goes on from there.
    private async Task<Exception?> RunCSharp(string code, string file, CellScope scope)
    {
        options = options.WithFilePath(file);
        state = await Start(Compiled(code));
        var compilation = state.Script.GetCompilation();
        Pieces = Pieces.Add(new ScriptPiece(code, compilation.Options, [.. compilation.References]));
        if (state.Exception is null && state.ReturnValue is { } value and not DisplayedValue)
            scope.Show(new ResultOutput(MimeBundle.Of(value), scope.ExecutionCount));
        return state.Exception;
    }

    // However the interrupt reached the code, the reader is told one thing.
    private static CellError Told(Exception failure, string file, CellScope scope) =>
        scope.Cancellation.IsCancellationRequested
            && failure is OperationCanceledException or ThreadInterruptedException or AggregateException { InnerException: OperationCanceledException }
            ? CellError.Interrupted(failure, file) : CellError.Of(failure, file);

    private Task<ScriptState<object>> Start(Script<object> script) => state is null
        ? script.RunAsync(globals: null, catchException: _ => true)
        : script.RunFromAsync(state, catchException: _ => true);

    // The checks move columns, so the errors of a cell are those of its own text. Should only the checks be at fault, the cell runs without them.
    private Script<object> Compiled(string code)
    {
        var withChecks = Next(StopChecks.Insert(code));
        if (!HasErrors(withChecks.Compile()))
            return withChecks;
        var asWritten = Next(code);
        var diagnostics = asWritten.Compile();
        return HasErrors(diagnostics) ? throw new CompilationErrorException("The cell does not compile.", diagnostics) : asWritten;
    }

    private Script<object> Next(string code) => state is null
        ? CSharpScript.Create<object>(code, options, globalsType: null, loader)
        : state.Script.ContinueWith<object>(code, options);

    private static bool HasErrors(ImmutableArray<Diagnostic> diagnostics) => diagnostics.Any(d => d.Severity == DiagnosticSeverity.Error);

    private static string About() => $"""
        Crane notebook engine: C# {LanguageVersion.Latest.MapSpecifiedToEffectiveVersion().ToDisplayString()}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}
        Packages: {string.Join(", ", ShippedPackages.Names.Where(n => !n.StartsWith("System.", StringComparison.Ordinal)).Order(StringComparer.Ordinal))}
        """;
}
