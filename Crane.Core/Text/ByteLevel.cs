using System.Text;

namespace Crane.Core.Text;

/// <summary>The alphabet of byte-level BPE: each byte as one printable character (GPT-2 <c>bytes_to_unicode</c>).</summary>
internal static class ByteLevel
{
    private static readonly char[] Characters = MakeCharacters();
    private static readonly Dictionary<char, byte> Bytes = Characters.Select((c, b) => (c, b)).ToDictionary(p => p.c, p => (byte)p.b);

    /// <summary>The bytes that a token of the vocabulary stands for; text outside the alphabet stands for itself.</summary>
    public static byte[] ToBytes(string token) => token.All(Bytes.ContainsKey) ? [.. token.Select(c => Bytes[c])] : Encoding.UTF8.GetBytes(token);

    /// <summary>The bytes of a text as printable characters.</summary>
    public static string FromText(string text) => string.Concat(Encoding.UTF8.GetBytes(text).Select(b => Characters[b]));

    private static char[] MakeCharacters()
    {
        var (characters, next) = (new char[256], 256);
        for (var b = 0; b < 256; b++) characters[b] = b is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE and <= 0xFF ? (char)b : (char)next++;
        return characters;
    }
}
