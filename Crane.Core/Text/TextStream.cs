using System.Text;

namespace Crane.Core.Text;

/// <summary>Turns tokens into text as they arrive. Bytes of an unfinished character are held back until the next token completes it.</summary>
public sealed class TextStream(QwenTokenizer tokenizer, bool skipSpecialTokens = false)
{
    private readonly Decoder decoder = Encoding.UTF8.GetDecoder();

    /// <summary>Adds a token.</summary>
    /// <returns>The text that is now certain; empty while a character is unfinished.</returns>
    public string Push(int token) => skipSpecialTokens && tokenizer.SpecialIds.Contains(token) ? "" : Text(tokenizer.Bytes(token), flush: false);

    /// <summary>Ends the text; what is still unfinished becomes U+FFFD.</summary>
    public string Flush() => Text([], flush: true);

    private string Text(ReadOnlySpan<byte> bytes, bool flush)
    {
        var characters = new char[decoder.GetCharCount(bytes, flush)];
        var count = decoder.GetChars(bytes, characters, flush);
        return new string(characters, 0, count);
    }
}
