using System.Text.Json;
using Crane.Core.Model;
using Crane.Core.Model.Generation;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Model;

[Collection(nameof(Torch)), Trait("Category", "Golden")]
public class LogitProcessorTests
{
    private static readonly string[] Supported = ["max_new_tokens", "do_sample", "pad_token_id", "eos_token_id", "bos_token_id", "repetition_penalty"];
    private static readonly JsonElement Stored = JsonDocument.Parse(File.ReadAllText(Golden.File("generation", "generation.json"))).RootElement;

    public static TheoryData<int> Recipes() => new(Enumerable.Range(0, Stored.GetProperty("recipes").GetArrayLength()));

    public static TheoryData<int> Runs() => new(Enumerable.Range(0, Stored.GetProperty("runs").GetArrayLength()).Where(i => Settings(i).EnumerateObject().All(s => Supported.Contains(s.Name))));

    [Theory, MemberData(nameof(Recipes))]
    public void Chain_Recipe_EqualsHuggingFace(int index)
    {
        using var scope = NewDisposeScope();
        var recipe = Stored.GetProperty("recipes")[index];
        var tensors = SafeTensors.ReadAll(Golden.File("generation", "logit_processors.safetensors"));
        var (scores, expected) = (tensors["scores"], tensors[recipe.GetProperty("key").GetString()!]);
        foreach (var step in recipe.GetProperty("chain").EnumerateArray()) scores = Apply(step[0].GetString()!, step[1].GetDouble(), scores, tensors["input_ids"]);
        var kept = recipe.GetProperty("kept").EnumerateArray().Select(k => k.GetInt64()).ToArray();
        for (var row = 0; row < kept.Length; row++)
        {
            var (finite, hasTies) = (scores[row].isfinite(), tensors["scores"][row].unique().output.shape[0] < tensors["scores"].shape[1] / 2);
            Assert.Equal(kept[row], finite.sum().item<long>());
            if (hasTies) continue;   // which of several equal scores stays depends on the sort
            Assert.True(finite.equal(expected[row].isfinite()).all().item<bool>(), $"row {row}: other tokens are kept.");
            Close.Assert($"row {row}", expected[row].masked_select(finite), scores[row].masked_select(finite), 1e-5);
        }
    }

    [Theory, MemberData(nameof(Runs))]
    public void Generate_StoredRun_EqualsHuggingFace(int index)
    {
        using var scope = NewDisposeScope();
        var run = Stored.GetProperty("runs")[index];
        using var model = Checkpoint.Load(Golden.File("models", "qwen3_vl-tiny"));
        var input = new GoldenCase(Golden.File("models", "qwen3_vl-tiny", "cases", run.GetProperty("case").GetString() + ".safetensors")).Input;
        var settings = JsonFields.Of(Settings(index), "settings");
        var config = new GenerationConfig
        {
            MaxNewTokens = settings.Int("max_new_tokens"),
            DoSample = settings.Bool("do_sample", false),
            PadTokenId = settings.Int("pad_token_id"),
            EosTokenIds = settings.Has("eos_token_id") ? settings.Ints("eos_token_id") : [],
            RepetitionPenalty = settings.Double("repetition_penalty", 1),
        };
        var written = TokenGenerator.Generate(model, input, config);
        var expected = run.GetProperty("new_ids").EnumerateArray().Select(row => row.EnumerateArray().Select(id => id.GetInt32()).ToArray()).ToArray();
        for (var row = 0; row < expected.Length; row++)
            Assert.Equal(expected[row], written[row].Ids.Concat(Enumerable.Repeat(config.PadTokenId, expected[row].Length - written[row].Ids.Length)));
    }

    private static JsonElement Settings(int run) => Stored.GetProperty("runs")[run].GetProperty("settings");

    private static Tensor Apply(string name, double value, Tensor scores, Tensor seen) => name switch
    {
        "temperature" => scores / value,
        "top_k" => LogitProcessors.TopK(scores, (int)value),
        "top_p" => LogitProcessors.TopP(scores, value),
        "min_p" => LogitProcessors.MinP(scores, value),
        "repetition_penalty" => LogitProcessors.RepetitionPenalty(scores, seen, value),
        _ => throw new InvalidDataException($"generation.json: no processor '{name}'."),
    };
}
