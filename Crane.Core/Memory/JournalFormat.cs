using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Crane.Core.Memory;

/// <summary>Something in a journal that could not be used. Nothing is dropped without one of these.</summary>
/// <param name="Line">Line of the file, from 1.</param>
/// <param name="What">What is wrong with it, and what was done.</param>
/// <param name="Text">The line's first 200 characters.</param>
public sealed record JournalProblem(int Line, string What, string Text);

/// <summary>What a journal's bytes say.</summary>
/// <param name="Events">With their lines, in order.</param>
/// <param name="Problems">Lines that were not used.</param>
/// <param name="Good">Bytes up to the end of the last whole line; what follows was torn off by a crash.</param>
/// <param name="EndsInLine">Whether those bytes lack their last line end.</param>
/// <param name="Lines">Whole lines, the header included.</param>
internal sealed record JournalReading(IReadOnlyList<(int Line, LibraryEvent Event)> Events, IReadOnlyList<JournalProblem> Problems, int Good,
    bool EndsInLine, int Lines);

/// <summary>The journal's lines: <c>{"sum":"16 hex digits","event":{…}}</c>, the sum being the start of the SHA-256 of the event's bytes. Line 1 holds the
/// format's
/// name and version.</summary>
internal static class JournalFormat
{
    public const int Version = 1;
    private const string Name = "crane-edits";
    private const int Digits = 16;
    private static readonly byte[] Before = "{\"sum\":\""u8.ToArray(), Between = "\",\"event\":"u8.ToArray();
    private static readonly int Prefix = Before.Length + Digits + Between.Length;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,   // people read it; it is never put into HTML as it is
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    private sealed record Header(string? Journal, int Version);

    public static byte[] HeaderLine { get; } = Line(JsonSerializer.SerializeToUtf8Bytes(new Header(Name, Version), Json));

    public static byte[] Line(LibraryEvent e) => Line(JsonSerializer.SerializeToUtf8Bytes(e, Json));

    private static byte[] Line(byte[] content) => [.. Before, .. Sum(content), .. Between, .. content, (byte)'}', (byte)'\n'];

    private static byte[] Sum(ReadOnlySpan<byte> content) => Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(content))[..Digits]);

    /// <summary>Reads as much as can be read.</summary>
    /// <exception cref="InvalidDataException">It is not a journal, or one of a newer version.</exception>
    public static JournalReading Read(byte[] bytes, string path)
    {
        if (bytes.Length < HeaderLine.Length - 1 && HeaderLine.AsSpan().StartsWith(bytes))
            return new([], bytes.Length == 0 ? []
                : [new(1, "the journal's first line was cut off by a crash; nothing had been written after it", Short(bytes))], 0, false, 0);
        var (events, problems, at, line, known) = (new List<(int, LibraryEvent)>(), new List<JournalProblem>(), 0, 0, false);
        var (expected, endsInLine) = (1L, false);
        while (at < bytes.Length)
        {
            line++;
            var length = bytes.AsSpan(at).IndexOf((byte)'\n');
            var whole = length >= 0;
            var text = bytes.AsSpan(at, whole ? length : bytes.Length - at);
            var content = Content(text);
            if (!whole && content.IsEmpty)
            {
                problems.Add(new(line, $"the last line was cut off after {text.Length} bytes, by a crash while it was written; it is lost", Short(text)));
                line--;
                break;
            }
            known |= !content.IsEmpty;
            if (content.IsEmpty)
            {
                problems.Add(new(line, "checksum or form is wrong; the line is left out", Short(text)));
                if (line > 1) expected++;
            }
            else if (line > 1 || !IsHeader(content, path)) Take(content, line, events, problems, ref expected);
            at += text.Length + (whole ? 1 : 0);
            endsInLine = !whole;
        }
        if (!known) throw new InvalidDataException($"{path}: not a journal of edits: no line of it has the form {{\"sum\":…,\"event\":…}} with a right checksum. Name another file.");
        return new(events, problems, at, endsInLine, line);
    }

    /// <summary>The event's bytes if form and sum are right, otherwise nothing.</summary>
    private static ReadOnlySpan<byte> Content(ReadOnlySpan<byte> line)
    {
        if (line.Length <= Prefix + 1 || !line.StartsWith(Before) || !line[(Before.Length + Digits)..].StartsWith(Between) || line[^1] != '}') return [];
        var content = line[Prefix..^1];
        return line.Slice(Before.Length, Digits).SequenceEqual(Sum(content)) ? content : [];
    }

    private static bool IsHeader(ReadOnlySpan<byte> content, string path)
    {
        var header = Parse<Header>(content, out _);
        if (header?.Journal != Name) return false;
        return header.Version <= Version ? true
            : throw new InvalidDataException($"{path}: written by a newer version of the kit (journal version {header.Version}); this one reads up to {Version}. Update the kit; the file was not touched.");
    }

    private static void Take(ReadOnlySpan<byte> content, int line, List<(int, LibraryEvent)> events, List<JournalProblem> problems, ref long expected)
    {
        if (Parse<LibraryEvent>(content, out var error) is not { } e)
        {
            problems.Add(new(line, $"the checksum is right, but it is no event: {error}; the line is left out", Short(content)));
            expected++;
            return;
        }
        if (e.Sequence != expected)
            problems.Add(new(line, $"event {e.Sequence} stands where {expected} was expected: lines before it are missing or out of order; this one is used",
            Short(content)));
        expected = e.Sequence + 1;
        events.Add((line, e));
    }

    private static T? Parse<T>(ReadOnlySpan<byte> content, out string? error) where T : class
    {
        error = null;
        try { return JsonSerializer.Deserialize<T>(content, Json); }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            error = e.Message;
            return null;
        }
    }

    private static string Short(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, 200)]);
}
