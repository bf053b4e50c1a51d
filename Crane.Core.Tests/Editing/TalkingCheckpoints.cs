using System.Collections.Concurrent;
using Crane.Core.Model;
using Crane.Core.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Editing;

/// <summary>The reference checkpoints have no tokenizer. Here each gets the nano model's: its embedding (and head) are lengthened by random rows to that
/// vocabulary, everything else is as it was.</summary>
internal static class TalkingCheckpoints
{
    private static readonly ConcurrentDictionary<string, string> Made = new();

    /// <summary>The reference checkpoints that have picture settings.</summary>
    public static string[] Names { get; } = [.. Directory.GetDirectories(Golden.File("models"))
        .Where(folder => File.Exists(Path.Combine(folder, "preprocessor_config.json")) && File.Exists(Path.Combine(folder, "model.safetensors")))
        .Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    public static VisionLanguageModel Load(string name) => VisionLanguageModel.Load(Made.GetOrAdd(name, Make));

    private static string Make(string name)
    {
        var (from, to) = (Golden.File("models", name), Directory.CreateTempSubdirectory().FullName);
        foreach (var file in (string[])["tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json"])
            File.Copy(DataFolder.Of("nano", file), Path.Combine(to, file));
        File.Copy(Path.Combine(from, "preprocessor_config.json"), Path.Combine(to, "preprocessor_config.json"));
        var tokenizer = QwenTokenizer.Load(to);
        int Id(string token) => tokenizer.TokenId(token)!.Value;
        var config = QwenVlConfig.Load(from);
        var rows = Math.Max(config.Text.VocabSize, tokenizer.VocabularySize);
        config = config with
        {
            Text = config.Text with { VocabSize = rows },
            ImageTokenId = Id("<|image_pad|>"),
            VideoTokenId = Id("<|video_pad|>"),
            VisionStartTokenId = Id("<|vision_start|>"),
            VisionEndTokenId = Id("<|vision_end|>"),
        };
        File.WriteAllText(Path.Combine(to, "config.json"), config.ToJson());
        using var scope = NewDisposeScope();
        using var generator = new Generator(7, CPU);
        var tensors = SafeTensors.ReadAll(Path.Combine(from, "model.safetensors")).Select(pair =>
            pair.Key.EndsWith("embed_tokens.weight", StringComparison.Ordinal) || pair.Key.EndsWith("lm_head.weight", StringComparison.Ordinal)
                ? KeyValuePair.Create(pair.Key,
                    cat([pair.Value, randn([rows - pair.Value.shape[0], pair.Value.shape[1]], generator: generator) * pair.Value.std()], 0)) : pair);
        SafeTensors.Write(Path.Combine(to, "model.safetensors"), tensors);
        return to;
    }
}
