using System.Diagnostics;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Scripting;

namespace Crane.Notebooks.Engine;

/// <summary>A failure, told in terms of the cell: its line, the exceptions inside, and the stack without the machinery that ran the cell.</summary>
/// <param name="Name">The exception's type, or <c>CompilationError</c>.</param>
/// <param name="Message">Its message.</param>
/// <param name="Line">The line of the cell, from 1; null when the failure has none (a timeout).</param>
/// <param name="Trace">What is shown, line by line.</param>
public sealed partial record CellError(string Name, string Message, int? Line, IReadOnlyList<string> Trace)
{
    internal static CellError OfCompilation(CompilationErrorException failure)
    {
        var errors = failure.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).ToArray();
        var lines = errors.Select(d => $"({d.Location.GetLineSpan().StartLinePosition.Line + 1},{d.Location.GetLineSpan().StartLinePosition.Character + 1}): " +
            $"error {d.Id}: {d.GetMessage()}{Hint(d.Id)}").ToArray();
        return new CellError("CompilationError", lines[0], errors[0].Location.GetLineSpan().StartLinePosition.Line + 1, lines);
    }

    internal static CellError Of(Exception failure, string cellFile)
    {
        var outer = Unwrap(failure);
        var trace = new List<string> { $"{NameOf(outer)}: {outer.Message}" };
        trace.AddRange(Frames(outer));
        for (var inner = outer.InnerException; inner is not null; inner = inner.InnerException)
        {
            trace.Add($"  caused by {NameOf(inner)}: {inner.Message}");
            trace.AddRange(Frames(inner));
        }
        return new CellError(NameOf(outer), outer.Message, LineIn(cellFile, outer), trace);
    }

    internal static CellError Interrupted(Exception failure, string cellFile)
    {
        const string message = "The cell was interrupted. What it had assigned stays.";
        var error = Of(failure, cellFile);
        return error with { Message = message, Trace = [$"{error.Name}: {message}", .. error.Trace.Skip(1)] };
    }

    internal static CellError Simple(string name, string message, int? line = null) => new(name, message, line, [$"{name}: {message}"]);

    // Reflection and tasks wrap what the reader wants to see.
    private static Exception Unwrap(Exception failure) => failure switch
    {
        TargetInvocationException { InnerException: { } inner } => Unwrap(inner),
        AggregateException { InnerExceptions: [var only] } => Unwrap(only),
        _ => failure,
    };

    private static string NameOf(Exception e) => e.GetType().FullName ?? e.GetType().Name;

    private static int? LineIn(string cellFile, Exception failure)
    {
        for (var e = failure; e is not null; e = e.InnerException)
            foreach (var frame in new StackTrace(e, fNeedFileInfo: true).GetFrames())
                if (frame.GetFileName() == cellFile && frame.GetFileLineNumber() > 0)
                    return frame.GetFileLineNumber();
        return null;
    }

    private static IEnumerable<string> Frames(Exception e)
    {
        foreach (var frame in new StackTrace(e, fNeedFileInfo: true).GetFrames())
        {
            if (frame.GetMethod() is not { } method || IsMachinery(method))
                continue;
            // Only the file's name: a full path would say where the library was built.
            var place = frame.GetFileName() is { } file ? $"{Path.GetFileName(file)}, line {frame.GetFileLineNumber()}" : null;
            yield return $"   at {string.Join(" in ", new[] { Readable(method), place }.Where(p => p is not null))}";
        }
    }

    private static bool IsMachinery(MethodBase method)
    {
        var type = method.DeclaringType?.FullName ?? "";
        return type.StartsWith("Microsoft.CodeAnalysis.", StringComparison.Ordinal)
            || type.StartsWith("Crane.Notebooks.", StringComparison.Ordinal)
            || type.StartsWith("System.Runtime.CompilerServices.", StringComparison.Ordinal)
            || type.StartsWith("System.Runtime.ExceptionServices.", StringComparison.Ordinal)
            || type.StartsWith("System.Threading.", StringComparison.Ordinal)
            || type.StartsWith("Internal.", StringComparison.Ordinal)
            || (type.StartsWith("Submission#", StringComparison.Ordinal) && method.Name is "<Factory>");
    }

    // The compiler hides a cell's body in "Submission#3.<<Initialize>>d__0.MoveNext" and a local function in "<<Initialize>>g__Name|0_1".
    private static string? Readable(MethodBase method)
    {
        var type = method.DeclaringType;
        var name = method.Name == "MoveNext" ? type?.Name ?? "" : method.Name;
        if (name.Contains("<<Initialize>>", StringComparison.Ordinal) && !name.Contains("g__", StringComparison.Ordinal))
            return null;
        var readable = MangledName().Match(name) is { Success: true } mangled ? mangled.Groups[1].Value : name;
        while (type is { IsNested: true } && type.Name.Contains('<'))
            type = type.DeclaringType;
        return type is null || type.Name.StartsWith("Submission#", StringComparison.Ordinal) ? readable : $"{type.FullName}.{readable}";
    }

    private static string Hint(string id) => id switch
    {
        "CS1529" => " (put 'using Namespace;' before the other code of the cell)",
        "CS1109" or "CS1106" => " (a cell cannot declare extension methods: put them into the library)",
        "CS8345" => " (a Span cannot live between cells: keep it inside a function)",
        _ => "",
    };

    [GeneratedRegex(@"(?:g__|<)(\w+)(?:\||>)")]
    private static partial Regex MangledName();
}
