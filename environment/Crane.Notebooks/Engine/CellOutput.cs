using System.Text.Json.Serialization;

namespace Crane.Notebooks.Engine;

/// <summary>What a cell shows, in the order in which it shows it; the names are those of Jupyter's messages.</summary>
[JsonDerivedType(typeof(StreamOutput), "stream")]
[JsonDerivedType(typeof(DisplayOutput), "display")]
[JsonDerivedType(typeof(DisplayUpdate), "update")]
[JsonDerivedType(typeof(ResultOutput), "result")]
[JsonDerivedType(typeof(ClearOutput), "clear")]
[JsonDerivedType(typeof(ErrorOutput), "error")]
public abstract record CellOutput;

/// <summary>Text written to the console.</summary>
/// <param name="Name"><c>stdout</c> or <c>stderr</c>.</param>
/// <param name="Text">The text as written, which need not end a line.</param>
public sealed record StreamOutput(string Name, string Text) : CellOutput;

/// <summary>A value shown by <c>display</c>.</summary>
/// <param name="Data">The value by MIME type; types that end in <c>json</c> hold JSON text, pictures hold base 64.</param>
/// <param name="DisplayId">The name under which a <see cref="DisplayUpdate"/> finds it.</param>
public sealed record DisplayOutput(IReadOnlyDictionary<string, string> Data, string DisplayId) : CellOutput;

/// <summary>A new face for a value that was shown before, perhaps by an earlier cell.</summary>
public sealed record DisplayUpdate(IReadOnlyDictionary<string, string> Data, string DisplayId) : CellOutput;

/// <summary>The value of the last expression.</summary>
public sealed record ResultOutput(IReadOnlyDictionary<string, string> Data, int ExecutionCount) : CellOutput;

/// <summary>What the cell has shown so far goes away: at once, or when the next output comes.</summary>
public sealed record ClearOutput(bool Wait) : CellOutput;

/// <summary>The cell failed.</summary>
public sealed record ErrorOutput(CellError Error) : CellOutput;

/// <summary>How a cell ended.</summary>
/// <param name="Error">Null when it succeeded.</param>
/// <param name="ExecutionCount">1 for the first cell of the engine.</param>
/// <param name="Duration">Compilation included.</param>
public sealed record CellResult(CellError? Error, int ExecutionCount, TimeSpan Duration);
