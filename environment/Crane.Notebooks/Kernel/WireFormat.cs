using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crane.Notebooks.Kernel;

/// <summary>Messages as frames: identities, a delimiter, an HMAC over four JSON objects, the objects. Jupyter's messaging protocol 5.3, "The wire
/// protocol".</summary>
/// <param name="key">The key of the signatures; empty: nothing is signed and everything is taken.</param>
internal sealed class WireFormat(string key)
{
    public const string ProtocolVersion = "5.3";

    /// <summary>Signatures that are remembered, to know a message that comes twice.</summary>
    private const int MostRemembered = 1 << 16;

    private static readonly byte[] Delimiter = "<IDS|MSG>"u8.ToArray();
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly byte[] keyBytes = Encoding.UTF8.GetBytes(key);
    private readonly string session = Guid.NewGuid().ToString("N");
    private readonly HashSet<string> seen = [];
    private readonly Queue<string> seenInOrder = new();
    private long sent;

    /// <summary>A new message of this kernel.</summary>
    public Message New(string type, JsonObject content, Message? answers = null, IReadOnlyList<byte[]>? identities = null) =>
        new(identities ?? answers?.Identities ?? [], Header(type), answers?.Header ?? [], [], content);

    /// <summary>The frames of a message.</summary>
    public IReadOnlyList<byte[]> Pack(Message message)
    {
        byte[][] parts = [Bytes(message.Header), Bytes(message.Parent), Bytes(message.Metadata), Bytes(message.Content)];
        return [.. message.Identities, Delimiter, Encoding.ASCII.GetBytes(Sign(parts)), .. parts];
    }

    /// <summary>The message of these frames; null, with the reason, when it is to be dropped. One thread at a time.</summary>
    public Message? Unpack(IReadOnlyList<byte[]> frames, out string? refusal)
    {
        var at = frames.ToList().FindIndex(f => f.AsSpan().SequenceEqual(Delimiter));
        refusal = at < 0 || frames.Count < at + 6 ? "it lacks the delimiter or a part" : Distrust(frames[at + 1], [.. frames.Skip(at + 2).Take(4)]);
        if (refusal is not null)
            return null;
        try
        {
            var parts = frames.Skip(at + 2).Take(4).Select(f => JsonNode.Parse(f) as JsonObject ?? throw new JsonException("an object was expected")).ToArray();
            return new Message([.. frames.Take(at)], parts[0], parts[1], parts[2], parts[3]);
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            refusal = $"it is not JSON: {e.Message}";
            return null;
        }
    }

    private string? Distrust(byte[] signature, byte[][] parts)
    {
        if (keyBytes.Length == 0)
            return null;
        if (!CryptographicOperations.FixedTimeEquals(signature, Encoding.ASCII.GetBytes(Sign(parts))))
            return "its signature is not that of the key";
        var text = Encoding.ASCII.GetString(signature);
        if (!seen.Add(text))
            return "it came before";
        seenInOrder.Enqueue(text);
        if (seenInOrder.Count > MostRemembered)
            seen.Remove(seenInOrder.Dequeue());
        return null;
    }

    private string Sign(byte[][] parts)
    {
        if (keyBytes.Length == 0)
            return "";
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, keyBytes);
        foreach (var part in parts)
            hash.AppendData(part);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private JsonObject Header(string type) => new()
    {
        ["msg_id"] = $"{session}_{Interlocked.Increment(ref sent)}",
        ["session"] = session,
        ["username"] = "kernel",
        ["date"] = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
        ["msg_type"] = type,
        ["version"] = ProtocolVersion,
    };

    private static byte[] Bytes(JsonObject part) => JsonSerializer.SerializeToUtf8Bytes(part, Plain);
}
