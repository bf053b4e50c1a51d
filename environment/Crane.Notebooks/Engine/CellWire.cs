using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Crane.Notebooks.Engine;

/// <summary>What a <see cref="CellProcess"/> tells its process, a line of JSON each.</summary>
/// <param name="Cell">Number of the call, from 1.</param>
/// <param name="Code">The source to run; null: the cell shall stop.</param>
/// <param name="Counted">Whether the cell gets a number.</param>
internal sealed record CellCommand(int Cell, string? Code, bool Counted = true);

/// <summary>What the process answers, a line of JSON each.</summary>
/// <param name="Cell">Number of the call; 0: the process is about to exit of its own will.</param>
/// <param name="Output">Something that the cell shows.</param>
/// <param name="Result">The cell has ended.</param>
internal sealed record CellEvent(int Cell, CellOutput? Output = null, CellResult? Result = null);

/// <summary>JSON of both, without a line break inside.</summary>
internal static class CellWire
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static string Write<T>(T message) => JsonSerializer.Serialize(message, Options);

    public static T Read<T>(string line) => JsonSerializer.Deserialize<T>(line, Options) ?? throw new JsonException($"A {typeof(T).Name} was expected.");
}
