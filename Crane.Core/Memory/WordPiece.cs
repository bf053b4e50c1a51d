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

    private WordPiece(BertTokenizer tokenizer, bool lowerCase, int maxLength) =>
        (this.tokenizer, this.lowerCase, MaxLength) = (tokenizer, lowerCase, maxLength);

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
        if (!File.Exists(vocabulary))
            throw new FileNotFoundException($"{vocabulary}: a BERT-family encoder needs its vocabulary; is it another kind of tokenizer?", vocabulary);
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
        var ids = Words(Clean(text))
            .SelectMany(word => tokenizer.EncodeToIds(word, addSpecialTokens: false, considerPreTokenization: false, considerNormalization: false))
            .Take(MaxLength - 2);
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

    /// <summary>What stands between blanks; punctuation and Chinese characters stand alone (the package's own splitting leaves symbols such as emoji
    /// out).</summary>
    private static IEnumerable<string> Words(string clean)
    {
        var word = new StringBuilder();
        foreach (var rune in clean.EnumerateRunes())
        {
            var alone = Rune.IsPunctuation(rune) || rune.IsAscii && Rune.IsSymbol(rune) || IsChinese(rune.Value);
            if (!alone && rune.Value != ' ') word.Append(rune);
            else
            {
                if (word.Length > 0) yield return word.ToString();
                word.Clear();
                if (alone) yield return rune.ToString();
            }
        }
        if (word.Length > 0) yield return word.ToString();
    }

    private static bool IsChinese(int rune) =>
        rune is >= 0x4E00 and <= 0x9FFF or >= 0x3400 and <= 0x4DBF or >= 0x20000 and <= 0x2A6DF or >= 0x2A700 and <= 0x2CEAF
        or >= 0xF900 and <= 0xFAFF or >= 0x2F800 and <= 0x2FA1F;

    private static string Plain(string text) =>
        string.Concat(Nfc.Decompose(text).EnumerateRunes().Where(rune => Rune.GetUnicodeCategory(rune) is not UnicodeCategory.NonSpacingMark))
            .ToLowerInvariant();

    private static bool IsControl(UnicodeCategory category) =>
        category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    private static JsonFields? Optional(string path) => File.Exists(path) ? JsonFields.ReadFile(path) : null;
}
