using System.Globalization;
using System.Text;
using Crane.Core.Text;
using Microsoft.ML.Tokenizers;

namespace Crane.Core.Memory;

/// <summary>BERT's tokenizer from a folder's <c>vocab.txt</c>, as Hugging Face's fast tokenizer: <c>[CLS] … [SEP]</c>, cut at a length.</summary>
/// <remarks>A user's <c>[SEP]</c> is ordinary characters here; Hugging Face would make it a special token.</remarks>
public sealed class WordPiece
{
    private readonly BertTokenizer tokenizer;
    private readonly bool lowerCase;

    private WordPiece(BertTokenizer tokenizer, bool lowerCase, int maxLength) => (this.tokenizer, this.lowerCase, MaxLength) = (tokenizer, lowerCase, maxLength);

    /// <summary>Ids of a text at most, the two marks included.</summary>
    public int MaxLength { get; }

    /// <summary>Reads <c>vocab.txt</c>, and <c>tokenizer_config.json</c> and <c>sentence_bert_config.json</c> where they are.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="maxLength">At least 2; null: max_seq_length of sentence_bert_config.json, otherwise 512.</param>
    /// <exception cref="FileNotFoundException">There is no vocab.txt.</exception>
    /// <exception cref="InvalidDataException">It lacks a special token.</exception>
    public static WordPiece Load(string folder, int? maxLength = null)
    {
        var vocabulary = Path.Combine(folder, "vocab.txt");
        if (!File.Exists(vocabulary)) throw new FileNotFoundException($"{vocabulary}: a BERT-family encoder needs its vocabulary; is it another kind of tokenizer?", vocabulary);
        var lowerCase = Optional(Path.Combine(folder, "tokenizer_config.json"))?.Bool("do_lower_case", true) ?? true;
        var options = new BertOptions { LowerCaseBeforeTokenization = false, RemoveNonSpacingMarks = false, SplitOnSpecialTokens = false };
        BertTokenizer tokenizer;
        try { tokenizer = BertTokenizer.Create(vocabulary, options); }
        catch (KeyNotFoundException e) { throw new InvalidDataException($"{vocabulary}: not BERT's vocabulary: {e.Message}", e); }
        return new(tokenizer, lowerCase, maxLength ?? Optional(Path.Combine(folder, "sentence_bert_config.json"))?.Int("max_seq_length", 512) ?? 512);
    }

    /// <summary>The ids of a text; <c>[CLS] [SEP]</c> for the empty one.</summary>
    public int[] Encode(string text)
    {
        var clean = Clean(text);
        var ids = string.IsNullOrWhiteSpace(clean) ? [] : tokenizer.EncodeToIds(clean, addSpecialTokens: false).Take(MaxLength - 2);
        return [tokenizer.ClassificationTokenId, .. ids, tokenizer.SeparatorTokenId];
    }

    /// <summary>BERT's normaliser: control characters go, every blank is a space; for uncased models accents go and capitals become small. Done here because
    /// the package's own takes accents off only where .NET runs with ICU.</summary>
    private string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            if (Rune.IsWhiteSpace(rune)) clean.Append(' ');
            else if (rune != Rune.ReplacementChar && !IsControl(Rune.GetUnicodeCategory(rune))) clean.Append(rune);
        return lowerCase ? Plain(clean.ToString()) : clean.ToString();
    }

    private static string Plain(string text) =>
        string.Concat(Nfc.Decompose(text).EnumerateRunes().Where(rune => Rune.GetUnicodeCategory(rune) is not UnicodeCategory.NonSpacingMark)).ToLowerInvariant();

    private static bool IsControl(UnicodeCategory category) =>
        category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    private static JsonFields? Optional(string path) => File.Exists(path) ? JsonFields.ReadFile(path) : null;
}
