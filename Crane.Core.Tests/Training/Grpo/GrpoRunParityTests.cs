using System.Text.Json;
using Crane.Core.Model;
using Crane.Core.Model.Adapters;
using Crane.Core.Training;
using Crane.Core.Training.Grpo;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Training.Grpo;

/// <summary>Whole runs of TRL again: its stored completions, rewards, orders; everything else is the trainer's.</summary>
[Collection(nameof(Torch)), Trait("Category", "Golden")]
public class GrpoRunParityTests
{
    public static TheoryData<string> Runs() =>
        [.. Directory.GetDirectories(GrpoGolden.Folder(), "run_*").Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Runs))]
    public void Run_StoredRun_EqualsTrlStepByStep(string name)
    {
        using var scope = NewDisposeScope();
        using var golden = new GrpoRunCase(name);
        var trainer = golden.Trainer();
        var lines = trainer.Run();
        golden.AssertFinished(lines);
    }
}

/// <summary>A stored run, replayed through a trainer whose source answers the stored completions.</summary>
internal sealed class GrpoRunCase : IRolloutSource, IDisposable
{
    private const double Loss = 2e-4, LogProb = 2e-4, Advantage = 1e-5, GradNorm = 1e-3, Weight = 2e-3, Norm = 1e-4;

    private readonly string name;
    private readonly JsonElement run;
    private readonly GrpoConfig config;
    private readonly CausalModel model;
    private readonly PeftModel? peft;
    private readonly Dictionary<string, Tensor> micro;
    private readonly JsonElement[] calls;
    private int generation = -1, microStep;

    public GrpoRunCase(string name)
    {
        this.name = name;
        run = JsonDocument.Parse(File.ReadAllText(GrpoGolden.Folder(name, "run.json"))).RootElement;
        calls = [.. run.GetProperty("generation_calls").EnumerateArray()];
        micro = GrpoGolden.Tensors(name, "micro_batches.safetensors");
        config = GrpoGolden.Config<GrpoConfig>(run.GetProperty("config"), "peft") with { MaxSteps = Steps.Length, LoggingSteps = 1, Seed = 7,
            GradientCheckpointing = false };
        model = TinyModel.Load(GrpoGolden.Folder(name, "initial.safetensors"), GrpoGolden.Folder(name, "run.json"));
        if (!run.GetProperty("config").TryGetProperty("peft", out var lora)) return;
        peft = new PeftModel(model);
        peft.AddAdapter(new LoraConfig
        {
            R = lora.GetProperty("r").GetInt32(), LoraAlpha = lora.GetProperty("lora_alpha").GetInt32(), LoraDropout = lora.GetProperty("lora_dropout")
                .GetDouble(),
            UseRslora = lora.TryGetProperty("use_rslora", out var rslora) && rslora.GetBoolean(),
            TargetModules = lora.GetProperty("target_modules") is { ValueKind: JsonValueKind.String } all ? all.GetString()!
                : ModuleNames.Create([.. lora.GetProperty("target_modules").EnumerateArray().Select(m => m.GetString()!)]),
        });
        using var none = no_grad();
        var initial = GrpoGolden.Tensors(name, "initial.safetensors");
        foreach (var (key, parameter) in peft.TrainableParameters) parameter.copy_(initial[key]);
    }

    private JsonElement[] Steps => [.. run.GetProperty("log_history").EnumerateArray().Where(line => line.TryGetProperty("loss", out _))];

    private JsonElement[] MicroSteps => [.. run.GetProperty("micro_steps").EnumerateArray()];

    public bool IsPolicy => true;

    private IEnumerable<(string Name, Parameter Parameter)> Parameters => (peft?.TrainableParameters ?? []).Select(p => (p.name, p.parameter))
        .Concat(model.named_parameters().Select(p => (p.name, p.parameter)));

    public GrpoTrainer Trainer()
    {
        var firstEpoch = Steps[0].GetProperty("epoch").GetDouble();
        var size = (int)Math.Round(config.GradientAccumulationSteps * config.PerDeviceTrainBatchSize / firstEpoch
            / (config.NumGenerations * config.NumIterations));
        var sampler = new RepeatSampler(size, 1, config.PromptsPerGeneration, 1, config.ShuffleDataset, config.Seed);
        var texts = new string[size];
        foreach (var (g, call) in calls.Index())
        {
            string[] distinct = [.. call.GetProperty("prompts").EnumerateArray().Select(p => p.GetString()!).Chunk(config.NumGenerations)
                .Select(group => group[0])];
            foreach (var (place, index) in sampler.Group(g).Index())
            {
                Assert.True(texts[index] is null || texts[index] == distinct[place], $"{name}: prompt {index} comes again with other words.");
                texts[index] = distinct[place];
            }
        }
        GrpoPrompt[] prompts = [.. texts.Select(text => new GrpoPrompt(new(text ?? "w0")))];
        return new GrpoTrainer(model, new WordCodec(), prompts, [new("reward", Reward)], config)
        {
            Adapter = peft, Rollouts = this, Order = Order, Watch = new(CompareMicro, CompareGradients, CompareNorms),
        };
    }

    public IReadOnlyList<WrittenTokens> Write(IReadOnlyList<EncodedPrompt> prompts, int generations, int seed, CancellationToken cancellationToken)
    {
        generation++;
        return [.. calls[generation].GetProperty("completion_ids").EnumerateArray()
            .Select(row => new WrittenTokens([.. row.EnumerateArray().Select(id => id.GetInt32())]))];
    }

    private static IReadOnlyList<double?> Reward(IReadOnlyList<Rollout> rollouts) =>
        [.. rollouts.Select(r => (double?)Math.Round(r.Ids.Count(id => id % 3 == 0) / (double)r.Ids.Length + (r.Ids[^1] == WordCodec.Eos ? 0.1 : 0), 6))];

    /// <summary>The order in which TRL dealt the rows out; rows of micro batches that were not stored come last. Compares what the rows carry.</summary>
    private int[] Order(int number, IReadOnlyList<ScoredRow> rows)
    {
        var rewards = calls[number].GetProperty("rewards").EnumerateArray().Select(r => r.GetDouble()).ToArray();
        Assert.Equal(rewards, Reward([.. rows.Select(row => new Rollout(null!, row.Ids, "", true))]).Select(r => r!.Value));
        var left = Enumerable.Range(0, rows.Count).ToList();
        var order = new List<int>();
        for (var part = 0; part < config.ResolvedStepsPerGeneration; part++)
        {
            var at = $"micro{number * config.MicroBatchesPerGeneration + part}.";
            if (!micro.ContainsKey(at + "completion_ids")) break;
            Assert.Equal(rows.Where(row => row.Counts).Sum(row => row.Ids.Length), micro[at + "num_items_in_batch"].item<long>());
            for (var r = 0; r < config.PerDeviceTrainBatchSize; r++)
            {
                var ids = Trimmed(micro[at + "completion_ids"][r]);
                var advantage = micro[at + "advantages"][r].item<float>();
                var found = left.FindIndex(i => rows[i].Ids.SequenceEqual(ids) && Math.Abs(rows[i].Advantage - advantage) <= Advantage);
                Assert.True(found >= 0, $"{name}: {at} row {r} with advantage {advantage} is not among the rows of generation {number}.");
                var row = rows[left[found]];
                Assert.Equal(row.Counts ? ids.Length : 0, micro[at + "completion_mask"][r].sum().item<long>());
                CompareOther(at + "old_per_token_logps", r, row.Counts ? row.OldLogProbs : null);
                CompareOther(at + "ref_per_token_logps", r, row.Counts ? row.RefLogProbs : null);
                order.Add(left[found]);
                left.RemoveAt(found);
            }
        }
        return [.. order, .. left];
    }

    private void CompareOther(string key, int row, float[]? found)
    {
        if (found is null) return;
        Assert.True(micro.ContainsKey(key), $"{name}: TRL has no {key}.");
        Close.Assert($"{name} {key} row {row}", micro[key][row, ..found.Length], tensor(found), LogProb);
    }

    private void CompareMicro(double loss, Tensor logProbs, Tensor entropies)
    {
        var at = $"micro{microStep}.";
        GrpoGolden.AssertNumber($"{name} {at} loss", MicroSteps[microStep].GetProperty("loss").GetDouble(), loss, Loss);
        var (mask, width) = (micro[at + "completion_mask"], (int)logProbs.shape[1]);
        Close.Assert($"{name} {at} log-probabilities", (micro[at + "per_token_logps"] * mask)[.., ..width], logProbs, LogProb);
        Close.Assert($"{name} {at} entropies", (micro[at + "entropies"] * mask)[.., ..width], entropies, LogProb);
        foreach (var other in new[] { "old_per_token_logps", "ref_per_token_logps" })
            Assert.Equal(other.StartsWith("old", StringComparison.Ordinal) ? config.NeedsOldLogProbs : config.Beta != 0, micro.ContainsKey(at + other));
        microStep++;
    }

    private void CompareGradients(int step)
    {
        if (step != 0) return;
        using var scope = NewDisposeScope();
        var expected = GrpoGolden.Tensors(name, "first_step_gradients_after_clipping.safetensors");
        var learnt = Parameters.Where(p => p.Parameter.grad is not null).ToDictionary(p => p.Name, p => p.Parameter.grad!);
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), learnt.Keys.Order(StringComparer.Ordinal));
        var norm = Math.Sqrt(learnt.Values.Sum(gradient => Math.Pow(gradient.to(float64).norm().item<double>(), 2)));
        foreach (var (key, gradient) in expected)
            Close.Assert($"{name} gradient of {key}", gradient, learnt[key] * Math.Min(1, config.MaxGradNorm / (norm + 1e-6)), 2e-5);
    }

    private void CompareNorms(int step)
    {
        using var scope = NewDisposeScope();
        var expected = run.GetProperty("parameter_norms_after_step")[step];
        var found = Parameters.ToDictionary(p => p.Name.StartsWith("base_model", StringComparison.Ordinal) ? p.Name : TinyModel.Plain(p.Name), p =>
            p.Parameter);
        Assert.Equal(expected.EnumerateObject().Count(), found.Count);
        foreach (var norm in expected.EnumerateObject())
        {
            var key = norm.Name.Contains("lora_") ? norm.Name : TinyModel.Plain(norm.Name);
            GrpoGolden.AssertNumber($"{name} step {step} norm of {key}", norm.Value.GetDouble(), found[key].to(float64).norm().item<double>(), 1e-6, Norm);
        }
    }

    public void AssertFinished(IReadOnlyList<LogLine> lines)
    {
        Assert.Equal(MicroSteps.Length, microStep);
        Assert.Equal(Steps.Length, lines.Count);
        foreach (var (line, expected) in lines.Zip(Steps)) CompareLine(line, expected);
        foreach (var (key, tensor) in GrpoGolden.Tensors(name, "final.safetensors"))
            Close.Assert($"{name} final {key}", tensor, Parameters.Single(p => p.Name == (key.Contains("lora_") ? key : TinyModel.Plain(key))).Parameter,
                Weight);
    }

    private void CompareLine(LogLine line, JsonElement expected)
    {
        Assert.Equal(expected.GetProperty("step").GetInt32(), line.Step);
        Assert.Equal(expected.EnumerateObject().Select(p => p.Name).Where(key => key != "step").Order(StringComparer.Ordinal),
            line.Values.Keys.Where(key => key != "step_time").Order(StringComparer.Ordinal));
        foreach (var value in expected.EnumerateObject().Where(p => p.Name != "step"))
        {
            var relative = value.Name is "grad_norm" or "kl" ? GradNorm : 1e-5;
            GrpoGolden.AssertNumber($"{name} step {line.Step} {value.Name}", value.Value.GetDouble(), line[value.Name],
                value.Name is "learning_rate" or "epoch" or "num_tokens" ? 1e-12 : Loss, relative);
        }
    }

    private static int[] Trimmed(Tensor ids)
    {
        var values = ids.data<long>().Select(id => (int)id).ToList();
        while (values.Count > 0 && values[^1] == WordCodec.Pad) values.RemoveAt(values.Count - 1);
        return [.. values];
    }

    public void Dispose()
    {
        peft?.Dispose();
        model.Dispose();
    }
}
