using System.Text.Json;
using System.Text.RegularExpressions;
using Crane.Core.Text;
using Microsoft.ML.Tokenizers;

namespace Crane.Core.Memory;

/// <summary>CLIP's byte-level BPE with word ends, from a folder's <c>vocab.json</c> and <c>merges.txt</c>: start, small letters, end (Hugging Face
/// <c>CLIPTokenizer</c>). A user's <c>&lt;|endoftext|&gt;</c> is ordinary characters.</summary>
public sealed partial class ClipTokenizer
{
    private const string Start = "<|startoftext|>", End = "<|endoftext|>";
    private readonly BpeTokenizer bpe;
    private readonly int start, end;

    private ClipTokenizer(BpeTokenizer bpe, int start, int end, int maxLength) => (this.bpe, this.start, this.end, MaxLength) = (bpe, start, end, maxLength);

    /// <summary>Ids of a text at most, start and end included.</summary>
    public int MaxLength { get; }

    /// <summary>Reads a folder.</summary>
    /// <param name="folder">With vocab.json and merges.txt.</param>
    /// <param name="maxLength">At least 2.</param>
    /// <exception cref="InvalidDataException">The vocabulary is damaged, or has no start or end.</exception>
    public static ClipTokenizer Load(string folder, int maxLength = 77)
    {
        var path = Path.Combine(folder, "vocab.json");
        Dictionary<string, int> vocabulary;
        try { vocabulary = JsonSerializer.Deserialize<Dictionary<string, int>>(File.ReadAllBytes(path))!; }
        catch (JsonException e) { throw new InvalidDataException($"{path}: expected an object of token: id: {e.Message}", e); }
        int Id(string token) => vocabulary.TryGetValue(token, out var id) ? id
            : throw new InvalidDataException($"{path}: has no '{token}'; it is not CLIP's vocabulary.");
        var merges = File.ReadLines(Path.Combine(folder, "merges.txt"))
            .Where(line => line.Length > 0 && !line.StartsWith("#version", StringComparison.Ordinal));
        var options = new BpeOptions(vocabulary) { Merges = merges, EndOfWordSuffix = "</w>", UnknownToken = End, PreTokenizer = null };
        return new(BpeTokenizer.Create(options), Id(Start), Id(End), maxLength);
    }

    /// <summary>The ids of a text.</summary>
    public int[] Encode(string text)
    {
        var words = Word().Matches(Nfc.Normalize(text).ToLowerInvariant())
            .SelectMany(word => bpe.EncodeToIds(ByteLevel.FromText(word.Value), considerPreTokenization: false, considerNormalization: false));
        return [start, .. words.Take(MaxLength - 2), end];
    }

    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+")]
    private static partial Regex Word();
}
