using System.Text;

namespace Crane.Core.Text;

/// <summary>
/// Turns tokens into text as they are written. A character may lie across tokens: its bytes are held back until it is complete or cannot become one.
/// All that was returned, joined, equals <see cref="QwenTokenizer.Decode"/> of all ids. One stream is for one thread.
/// </summary>
/// <param name="tokenizer">Gives the bytes of each token.</param>
/// <param name="skipSpecialTokens">Whether special tokens have no text.</param>
public sealed class TextStream(QwenTokenizer tokenizer, bool skipSpecialTokens = false)
{
    private readonly Decoder decoder = Encoding.UTF8.GetDecoder();

    /// <summary>The text that one more token makes final; empty while a character is incomplete.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is negative.</exception>
    public string Push(int id) => skipSpecialTokens && tokenizer.SpecialIds.Contains(id) ? "" : Read(tokenizer.Bytes(id), flush: false);

    /// <summary>Ends the text: U+FFFD for a character that stayed incomplete, else nothing. The stream can then be used for another text.</summary>
    public string Finish() => Read([], flush: true);

    private string Read(ReadOnlySpan<byte> bytes, bool flush)
    {
        Span<char> characters = new char[decoder.GetCharCount(bytes, flush)];
        return new(characters[..decoder.GetChars(bytes, characters, flush)]);
    }
}
