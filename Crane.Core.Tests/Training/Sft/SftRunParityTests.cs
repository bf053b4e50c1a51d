using System.Text.Json;
using Crane.Core.Model;
using Crane.Core.Tests.Training.Grpo;
using Crane.Core.Training;
using Crane.Core.Training.Pretraining;
using Crane.Core.Training.Sft;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Training.Sft;

/// <summary>Whole runs of TRL again, from its raw rows.</summary>
[Collection(nameof(Torch)), Trait("Category", "Golden")]
public class SftRunParityTests
{
    private const double Loss = 2e-4, GradNorm = 1e-3, Norm = 1e-4, Weight = 2e-3;
    private const int Seed = 3;   // of all stored runs

    public static TheoryData<string> Runs() =>
        [.. Directory.GetDirectories(GrpoGolden.Folder(), "sft_*").Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Runs))]
    public void Run_StoredRun_EqualsTrlStepByStep(string name)
    {
        using var scope = NewDisposeScope();
        var run = JsonDocument.Parse(File.ReadAllText(GrpoGolden.Folder(name, "run.json"))).RootElement;
        JsonElement[] steps = [.. run.GetProperty("log_history").EnumerateArray().Where(line => line.TryGetProperty("loss", out _))];
        JsonElement[] micros = [.. run.GetProperty("micro_steps").EnumerateArray()];
        var stored = run.GetProperty("config");
        var config = GrpoGolden.Config<SftConfig>(stored) with { MaxSteps = steps.Length, LoggingSteps = 1, Seed = Seed, GradientCheckpointing = false };
        if (stored.TryGetProperty("max_length", out var length) && length.ValueKind == JsonValueKind.Null) config = config with { MaxLength = null };
        TrainingRow[] rows = [.. run.GetProperty("rows").EnumerateArray().Select(row => Row(row, config))];
        ComparePrepared(name, run.GetProperty("prepared_rows"), SftData.Prepare(rows, config));
        using var model = Model();
        var tensors = GrpoGolden.Tensors(name, "micro_batches.safetensors");
        var micro = 0;
        var trainer = new SftTrainer(model, rows, config, WordCodec.Pad)
        {
            Watch = (found, batch, items) =>
            {
                Assert.Equal(micros[micro].GetProperty("num_items_in_batch").GetInt64(), items);
                CompareBatch($"{name} micro batch {micro}", tensors, $"micro{micro}.", batch, config);
                GrpoGolden.AssertNumber($"{name} micro batch {micro} loss", micros[micro].GetProperty("loss").GetDouble(), found.Loss, Loss);
                micro++;
            },
        };
        var lines = trainer.Run();
        Assert.Equal(micros.Length, micro);
        Assert.Equal(steps.Length, lines.Count);
        foreach (var (line, expected) in lines.Zip(steps)) CompareLine(name, line, expected);
        CompareWeights(name, run.GetProperty("final_parameter_norms"), model);
    }

    private static TextModel Model() => TinyModel.Load(GrpoGolden.Folder("sft_initial.safetensors"), GrpoGolden.Folder("run_dapo_default", "run.json"));

    private static TrainingRow Row(JsonElement row, SftConfig config) => row.TryGetProperty("messages", out var messages)
        ? SftData.Conversation(messages.EnumerateArray().SelectMany(Segments), config)
        : SftData.Completion(WordCodec.Ids(row.GetProperty("prompt").GetString()!),
            [.. WordCodec.Ids(row.GetProperty("completion").GetString()!), WordCodec.Eos], config);

    /// <summary>The template of the stored runs (goldens_common.py).</summary>
    private static IEnumerable<SftSegment> Segments(JsonElement message)
    {
        var content = message.GetProperty("content").GetString()!;
        return message.GetProperty("role").GetString() == "user"
            ? [new(WordCodec.Ids($"<user> {content} <end>"), false)]
            : [new(WordCodec.Ids("<asst>"), false), new(WordCodec.Ids($"{content} <eos>"), true)];
    }

    private static void ComparePrepared(string name, JsonElement expected, PreparedRows found)
    {
        Assert.Equal(expected.GetArrayLength(), found.Count);
        foreach (var (i, row) in expected.EnumerateArray().Index())
        {
            Assert.Equal(row.GetProperty("input_ids").EnumerateArray().Select(v => v.GetInt32()), found[i].SelectMany(d => d.Ids));
            Assert.Equal(row.GetProperty("labels").EnumerateArray().Select(v => v.GetInt64()), found[i].SelectMany(d => d.Labels));
            if (row.TryGetProperty("seq_lengths", out var lengths))
                Assert.Equal(lengths.EnumerateArray().Select(v => v.GetInt32()), found[i].Select(d => d.Ids.Length));
        }
    }

    /// <summary>Rows of a micro batch, in TRL's order, padding left out.</summary>
    private static void CompareBatch(string what, Dictionary<string, Tensor> stored, string at, IReadOnlyList<TrainingRow[]> batch, SftConfig config)
    {
        long[] ids = stored[at + "input_ids"].flatten().data<long>().ToArray();
        if (stored.TryGetValue(at + "attention_mask", out var mask))
            ids = [.. ids.Zip(mask.flatten().data<long>().ToArray()).Where(pair => pair.Second == 1).Select(pair => pair.First)];
        Assert.True(ids.SequenceEqual(batch.SelectMany(row => row).SelectMany(d => d.Ids).Select(id => (long)id)), $"{what}: other rows or another order.");
        Assert.Equal(config.IsPaddingFree, stored.ContainsKey(at + "position_ids"));
    }

    private static void CompareLine(string name, LogLine line, JsonElement expected)
    {
        Assert.Equal(expected.GetProperty("step").GetInt32(), line.Step);
        Assert.Equal(expected.EnumerateObject().Select(p => p.Name).Where(key => key != "step").Order(StringComparer.Ordinal),
            line.Values.Keys.Where(key => key != "step_time").Order(StringComparer.Ordinal));
        foreach (var value in expected.EnumerateObject().Where(p => p.Name != "step"))
            GrpoGolden.AssertNumber($"{name} step {line.Step} {value.Name}", value.Value.GetDouble(), line[value.Name],
                value.Name is "learning_rate" or "epoch" or "num_tokens" ? 1e-12 : Loss, value.Name == "grad_norm" ? GradNorm : 1e-5);
    }

    private static void CompareWeights(string name, JsonElement norms, TextModel model)
    {
        var parameters = model.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        Assert.Equal(norms.EnumerateObject().Count(), parameters.Count);
        foreach (var norm in norms.EnumerateObject())
            GrpoGolden.AssertNumber($"{name} norm of {norm.Name}", norm.Value.GetDouble(), parameters[norm.Name].to(float64).norm().item<double>(), 1e-6, Norm);
        if (!File.Exists(GrpoGolden.Folder(name, "final.safetensors"))) return;
        foreach (var (key, tensor) in GrpoGolden.Tensors(name, "final.safetensors")) Close.Assert($"{name} final {key}", tensor, parameters[key], Weight);
    }
}
