using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;

namespace Crane.Core.Text;

/// <summary>The parts of a Hugging Face <c>tokenizer.json</c> that a byte-level BPE has.</summary>
internal static class TokenizerJson
{
    public delegate QwenTokenizer Make(BpeTokenizer bpe, Dictionary<string, int> vocabulary, IReadOnlyList<AddedToken> added, bool normalise);

    public static QwenTokenizer Read(JsonElement root, string path, Make make)
    {
        var fields = JsonFields.Of(root, path);
        var model = fields.Object("model");
        if (model.Text("type", "BPE") is not "BPE" and var type) throw new InvalidDataException($"{path}: model.type is '{type}', expected 'BPE'.");
        RefuseWhatIsNotRead(model, root, path);
        var vocabulary = Vocabulary(root.GetProperty("model"), path);
        var options = new BpeOptions(vocabulary)
        {
            Merges = Merges(root.GetProperty("model"), vocabulary, path),
            ByteLevel = true,
            PreTokenizer = new WordSplitter(Pattern(root, path)),
        };
        return make(BpeTokenizer.Create(options), vocabulary, Added(root, path), Normalises(root, path));
    }

    // Settings that change ids and that no Qwen tokenizer has: to ignore them would give wrong ids in silence.
    private static void RefuseWhatIsNotRead(JsonFields model, JsonElement root, string path)
    {
        foreach (var name in new[] { "unk_token", "continuing_subword_prefix", "end_of_word_suffix" })
            if (model.Text(name, "") is { Length: > 0 } text) throw new InvalidDataException($"{path}: model.{name} '{text}' is not supported, expected none.");
        foreach (var name in new[] { "byte_fallback", "ignore_merges" })
            if (model.Bool(name, false)) throw new InvalidDataException($"{path}: model.{name} is true, which is not supported.");
        if (model.Double("dropout", 0) != 0) throw new InvalidDataException($"{path}: model.dropout is set; its ids are random. Set it to null.");
        foreach (var part in PreTokenizers(root))
            if (part.TryGetProperty("add_prefix_space", out var prefix) && prefix.ValueKind == JsonValueKind.True)
                throw new InvalidDataException($"{path}: pre_tokenizer.add_prefix_space is true, which is not supported.");
    }

    private static IEnumerable<JsonElement> PreTokenizers(JsonElement root) =>
        !root.TryGetProperty("pre_tokenizer", out var pre) || pre.ValueKind != JsonValueKind.Object ? []
        : pre.TryGetProperty("pretokenizers", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Where(part => part.ValueKind == JsonValueKind.Object) : [pre];

    private static Dictionary<string, int> Vocabulary(JsonElement model, string path)
    {
        if (!model.TryGetProperty("vocab", out var vocab) || vocab.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"{path}: model.vocab is missing or not an object.");
        var vocabulary = new Dictionary<string, int>();
        foreach (var entry in vocab.EnumerateObject())
            vocabulary[entry.Name] = entry.Value.ValueKind == JsonValueKind.Number && entry.Value.TryGetInt32(out var id) && id >= 0 ? id
                : throw new InvalidDataException($"{path}: model.vocab['{entry.Name}'] must be a whole number, found {entry.Value}.");
        return vocabulary.Count > 0 ? vocabulary : throw new InvalidDataException($"{path}: model.vocab is empty.");
    }

    private static List<string> Merges(JsonElement model, Dictionary<string, int> vocabulary, string path)
    {
        if (!model.TryGetProperty("merges", out var list) || list.ValueKind != JsonValueKind.Array)
            throw new InvalidDataException($"{path}: model.merges is missing or not a list.");
        var merges = new List<string>();
        foreach (var item in list.EnumerateArray())
        {
            var pair = item.ValueKind == JsonValueKind.Array ? [.. item.EnumerateArray().Select(p => p.ToString())] : item.ToString().Split(' ', 2);
            if (pair.Length != 2 || !vocabulary.ContainsKey(pair[0]) || !vocabulary.ContainsKey(pair[1]) || !vocabulary.ContainsKey(pair[0] + pair[1]))
                throw new InvalidDataException(
                    $"{path}: model.merges[{merges.Count}] {item.GetRawText()} does not join two tokens of the vocabulary to a third.");
            merges.Add(pair[0] + " " + pair[1]);
        }
        return merges;
    }

    private static Regex Pattern(JsonElement root, string path)
    {
        foreach (var part in PreTokenizers(root))
            if (part.TryGetProperty("pattern", out var pattern) && pattern.ValueKind == JsonValueKind.Object
                && pattern.TryGetProperty("Regex", out var regex) && regex.ValueKind == JsonValueKind.String)
                return Compiled(regex.GetString()!, path);
        throw new InvalidDataException($"{path}: pre_tokenizer has no Split with a Regex pattern, which Qwen's byte-level BPE needs.");
    }

    private static Regex Compiled(string pattern, string path)
    {
        try { return new Regex(pattern, RegexOptions.Compiled | RegexOptions.CultureInvariant); }
        catch (RegexParseException e) { throw new InvalidDataException($"{path}: the Regex of pre_tokenizer is not one that .NET reads: {e.Message}", e); }
    }

    private static List<AddedToken> Added(JsonElement root, string path)
    {
        var tokens = new List<AddedToken>();
        if (root.TryGetProperty("added_tokens", out var list) && list.ValueKind == JsonValueKind.Array)
            foreach (var item in list.EnumerateArray())
            {
                var fields = JsonFields.Of(item, $"{path}: added_tokens[{tokens.Count}]");
                foreach (var name in new[] { "single_word", "lstrip", "rstrip" })
                    if (fields.Bool(name, false)) throw new InvalidDataException($"{fields.Where}: {name} is true, which is not supported.");
                var text = fields.Text("content", null) is { Length: > 0 } content ? content
                    : throw new InvalidDataException($"{fields.Where}: content is missing.");
                tokens.Add(new(fields.Int("id"), text, fields.Bool("special", false)));
            }
        return tokens;
    }

    private static bool Normalises(JsonElement root, string path) =>
        root.TryGetProperty("normalizer", out var normalizer) && normalizer.ValueKind == JsonValueKind.Object
        && (JsonFields.Of(normalizer, path + ": normalizer").Text("type", null) is "NFC" ? true
            : throw new InvalidDataException($"{path}: normalizer {normalizer.GetRawText()} is not supported, expected NFC or none."));
}
