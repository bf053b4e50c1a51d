using System.Text.Json;
using Crane.Core.Model;
using Crane.Core.Model.Generation;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Model;

[Collection(nameof(Torch)), Trait("Category", "Golden")]
public class LogitProcessorTests
{
    private static readonly JsonElement Stored = JsonDocument.Parse(File.ReadAllText(Golden.File("generation", "generation.json"))).RootElement;

    public static TheoryData<int> Recipes() => new(Enumerable.Range(0, Stored.GetProperty("recipes").GetArrayLength()));

    /// <summary>Runs by number; the file does not say which checkpoint made the runs, so it is the one whose free run has the stored ids.</summary>
    public static TheoryData<int> Runs() => new(Enumerable.Range(0, Stored.GetProperty("runs").GetArrayLength()));

    [Theory, MemberData(nameof(Recipes))]
    public void Chain_Recipe_EqualsHuggingFace(int index)
    {
        using var scope = NewDisposeScope();
        var recipe = Stored.GetProperty("recipes")[index];
        var tensors = SafeTensors.ReadAll(Golden.File("generation", "logit_processors.safetensors"));
        var (scores, expected) = (tensors["scores"], tensors[recipe.GetProperty("key").GetString()!]);
        foreach (var step in recipe.GetProperty("chain").EnumerateArray())
            scores = Apply(step[0].GetString()!, step[1].GetDouble(), scores, tensors["input_ids"]);
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
        var folder = Golden.File("models", Home.Value);
        using var model = Checkpoint.Load(folder);
        var input = new GoldenCase(Path.Combine(folder, "cases", run.GetProperty("case").GetString() + ".safetensors")).Input;
        var config = Config(run);
        var expected = Ids(run);
        var found = BeamSearch.Generate(model, input, config).SelectMany(row => row).ToList();   // one beam is the greedy search
        var plain = config.NumBeams > 1 ? [.. found.Where((_, i) => i % config.NumReturnSequences == 0).Select(s => s.Tokens)]
            : TokenGenerator.Generate(model, input, config);
        for (var row = 0; row < plain.Count; row++)
            Assert.Equal(expected[row * config.NumReturnSequences],
                Padded(plain[row].Ids, expected[0].Length, config.PadTokenId));
        if (config.NumBeams == 1) return;
        for (var row = 0; row < expected.Length; row++) Assert.Equal(expected[row], Padded(found[row].Tokens.Ids, expected[row].Length, config.PadTokenId));
        var scores = run.GetProperty("sequences_scores").EnumerateArray().Select(v => v.GetSingle()).ToArray();
        Close.Assert("sequences_scores", tensor(scores), tensor(found.Select(s => s.Score).ToArray()), 1e-3);
    }

    [Fact]
    public void Apply_Order_IsHuggingFaces()
    {
        string[] expected = ["RepetitionPenaltyLogitsProcessor", "TemperatureLogitsWarper", "TopKLogitsWarper", "TopPLogitsWarper", "MinPLogitsWarper"];
        Assert.Equal(expected, Stored.GetProperty("order_used_by_generate").EnumerateArray().Select(v => v.GetString()));
        using var scope = NewDisposeScope();
        var tensors = SafeTensors.ReadAll(Golden.File("generation", "logit_processors.safetensors"));
        var (scores, seen) = (tensors["scores"][..3], tensors["input_ids"][..3]);
        var config = new GenerationConfig { DoSample = true, RepetitionPenalty = 1.3, Temperature = 0.7, TopK = 20, TopP = 0.8, MinP = 0.05 };
        var byHand =
            LogitProcessors.MinP(LogitProcessors.TopP(LogitProcessors.TopK(LogitProcessors.RepetitionPenalty(scores, seen, 1.3) / 0.7, 20), 0.8), 0.05);
        Assert.True(byHand.equal(LogitProcessors.Apply(scores, seen, config, written: 0)).all().item<bool>());
    }

    private static readonly Lazy<string> Home = new(() =>
    {
        var free = Stored.GetProperty("runs").EnumerateArray()
            .First(run => Config(run) is { NumBeams: 1, EosTokenIds.Length: 0, RepetitionPenalty: 1, NoRepeatNgramSize: 0 });
        foreach (var checkpoint in GoldenCase.Checkpoints())
            if (Path.Combine(Golden.File("models", checkpoint, "cases"), free.GetProperty("case").GetString() + ".safetensors") is var path && File.Exists(path)
                && new GoldenCase(path).Expected("greedy_ids").data<long>().Select(id => (int)id)
                    .SequenceEqual(Ids(free).SelectMany(row => row))) return checkpoint;
        throw new InvalidDataException("generation.json: no checkpoint has the ids of its free run.");
    });

    private static GenerationConfig Config(JsonElement run) => GenerationConfig.From(JsonFields.Of(run.GetProperty("settings"), "settings"));

    private static int[][] Ids(JsonElement run) =>
        [.. run.GetProperty("new_ids").EnumerateArray().Select(row => row.EnumerateArray().Select(id => id.GetInt32()).ToArray())];

    private static IEnumerable<int> Padded(int[] ids, int length, int pad) => ids.Concat(Enumerable.Repeat(pad, length - ids.Length));

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
