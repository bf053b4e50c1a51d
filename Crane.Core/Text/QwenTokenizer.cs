using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;

namespace Crane.Core.Text;

/// <summary>A token that is not made by merges: <c>&lt;|im_end|&gt;</c>, <c>&lt;think&gt;</c>.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Text">What it looks like in text.</param>
/// <param name="IsSpecial">Whether it is left out when special tokens are skipped; <c>&lt;think&gt;</c> is not special.</param>
public sealed record AddedToken(int Id, string Text, bool IsSpecial);

/// <summary>The byte-level BPE of a Hugging Face <c>tokenizer.json</c> as Qwen uses it. Safe for use by several threads.</summary>
public sealed class QwenTokenizer
{
    private readonly BpeTokenizer bpe;
    private readonly Dictionary<string, int> vocabulary;
    private readonly Dictionary<int, string> tokens;
    private readonly Dictionary<string, AddedToken> added;
    private readonly Dictionary<int, byte[]> bytes;
    private readonly Regex? addedPattern;
    private readonly bool normalise;

    private QwenTokenizer(BpeTokenizer bpe, Dictionary<string, int> vocabulary, IReadOnlyList<AddedToken> addedTokens, bool normalise, string? eos, string? pad)
    {
        (this.bpe, this.vocabulary, this.normalise) = (bpe, vocabulary, normalise);
        added = addedTokens.ToDictionary(token => token.Text);
        tokens = vocabulary.ToDictionary(pair => pair.Value, pair => pair.Key);
        bytes = vocabulary.ToDictionary(pair => pair.Value, pair => ByteLevel.ToBytes(pair.Key));
        foreach (var token in addedTokens) (tokens[token.Id], bytes[token.Id]) = (token.Text, Encoding.UTF8.GetBytes(token.Text));
        if (addedTokens.Count > 0) addedPattern = Alternatives(addedTokens);
        AddedTokens = addedTokens;
        SpecialIds = addedTokens.Where(t => t.IsSpecial).Select(t => t.Id).ToHashSet();
        VocabularySize = tokens.Keys.Max() + 1;
        (EosId, PadId) = (eos is null ? null : TokenId(eos), pad is null ? null : TokenId(pad));
    }

    /// <summary>The merges alone, as the ecosystem's abstraction; it knows no added tokens.</summary>
    public Tokenizer Bpe => bpe;

    /// <summary>Tokens outside the merges.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; }

    /// <summary>Ids that are left out when special tokens are skipped.</summary>
    public IReadOnlySet<int> SpecialIds { get; }

    /// <summary>Largest id + 1.</summary>
    public int VocabularySize { get; }

    /// <summary>Ends a turn, if tokenizer_config.json names it.</summary>
    public int? EosId { get; }

    /// <summary>Fills short rows, if tokenizer_config.json names it.</summary>
    public int? PadId { get; }

    /// <summary>Reads <c>tokenizer.json</c> (and <c>tokenizer_config.json</c> beside it) of a folder, or the file itself.</summary>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    /// <exception cref="InvalidDataException">Not JSON, another kind of tokenizer, or a field is missing.</exception>
    public static QwenTokenizer Load(string folderOrFile)
    {
        var path = Directory.Exists(folderOrFile) ? Path.Combine(folderOrFile, "tokenizer.json") : folderOrFile;
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var (eos, pad) = ConfiguredTokens(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "tokenizer_config.json"));
            return TokenizerJson.Read(document.RootElement, path, (bpe, vocabulary, added, normalise) =>
                new QwenTokenizer(bpe, vocabulary, added, normalise, eos, pad));
        }
        catch (JsonException e) { throw new InvalidDataException($"{path}: not valid JSON: {e.Message}", e); }
    }

    /// <summary>Tokens of trusted text, as Hugging Face with <c>add_special_tokens=False</c>: what looks like an added token becomes it.</summary>
    public int[] Encode(string text) => Encode(text, mark: null);

    /// <summary>The same for text with a mark in it that hides added tokens; it is taken out of what lies between them.</summary>
    internal int[] Encode(string text, char? mark)
    {
        int[] Between(string piece) => EncodeText(mark is { } hidden ? piece.Replace(hidden.ToString(), "") : piece);
        if (addedPattern is null) return Between(text);
        var (ids, at) = (new List<int>(), 0);
        foreach (Match match in addedPattern.Matches(text))
        {
            ids.AddRange(Between(text[at..match.Index]));
            ids.Add(added[match.Value].Id);
            at = match.Index + match.Length;
        }
        ids.AddRange(Between(text[at..]));
        return [.. ids];
    }

    /// <summary>Tokens of a user's text: nothing in it becomes an added token; <c>&lt;|im_end|&gt;</c> is ordinary characters.</summary>
    public int[] EncodeText(string text) => text.Length == 0 ? []
        : [.. bpe.EncodeToIds(normalise ? Nfc.Normalize(text) : text, considerPreTokenization: true, considerNormalization: false)];

    /// <summary>Text of tokens. Bytes that are no UTF-8, as in a character cut in two, become U+FFFD as in Rust's <c>from_utf8_lossy</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false)
    {
        using var stream = new MemoryStream();
        foreach (var id in ids)
            if (!skipSpecialTokens || !SpecialIds.Contains(id)) stream.Write(Bytes(id));
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>The bytes of one token; none for an id without a token, as the spare rows of an embedding have (Hugging Face leaves those out too).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is negative.</exception>
    public ReadOnlySpan<byte> Bytes(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        return bytes.GetValueOrDefault(id);
    }

    /// <summary>The number of a token of the vocabulary or an added one; null if there is none.</summary>
    public int? TokenId(string token) => added.TryGetValue(token, out var found) ? found.Id : vocabulary.TryGetValue(token, out var id) ? id : null;

    /// <summary>The token of a number, bytes as printable characters; null if there is none.</summary>
    public string? Token(int id) => tokens.GetValueOrDefault(id);

    /// <summary>Makes sure that every id has a row in a model's embedding.</summary>
    /// <exception cref="InvalidDataException">The vocabulary is larger.</exception>
    public void CheckFits(int embeddingRows, string where)
    {
        if (VocabularySize > embeddingRows)
            throw new InvalidDataException($"{where}: the tokenizer has {VocabularySize} tokens, the model's embedding {embeddingRows} rows (vocab_size). "
                + "The tokenizer belongs to another checkpoint.");
    }

    // The longest first: of two tokens that begin alike, the longer one is meant.
    private static Regex Alternatives(IReadOnlyList<AddedToken> tokens) =>
        new(string.Join('|', tokens.Select(token => token.Text).OrderByDescending(text => text.Length).Select(Regex.Escape)),
            RegexOptions.Compiled | RegexOptions.CultureInvariant);

    private static (string? Eos, string? Pad) ConfiguredTokens(string path)
    {
        if (!File.Exists(path)) return (null, null);
        var fields = JsonFields.ReadFile(path);
        return (fields.Token("eos_token"), fields.Token("pad_token"));
    }
}
