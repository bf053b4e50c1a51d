using System.Diagnostics;
using System.Text.Json;
using Crane.Core;
using Crane.Core.Model;
using Crane.Core.Training;
using Crane.Core.Training.Grpo;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Bench;

/// <summary>GRPO steps of the shape of the stored TRL figure: 8 prompts of 16 tokens × 8 completions of 48, a Qwen2 of hidden 192 and 4 layers, one
/// thread.</summary>
internal static class GrpoBench
{
    private const int Prompts = 8, Generations = 8, Tokens = 48, PromptTokens = 16, Vocabulary = 1024;
    private const double TrlStep = 1.3526, TrlGenerate = 0.5174;   // golden/speed/trl_cpu.json, grpo_one_batch: TRL 1.16.0, torch 2.13.0, one thread

    public static void Run(int steps)
    {
        set_num_threads(1);
        var folder = Directory.CreateTempSubdirectory().FullName;
        WriteModel(folder);
        using var model = Checkpoint.LoadText(folder);
        Directory.Delete(folder, recursive: true);
        var random = new Random(1);
        GrpoPrompt[] prompts = [.. Enumerable.Range(0, 64)
            .Select(_ => new GrpoPrompt(new(string.Join(' ', Enumerable.Range(0, PromptTokens).Select(_ => random.Next(7, Vocabulary))))))];
        var config = new GrpoConfig { PerDeviceTrainBatchSize = Prompts * Generations, NumGenerations = Generations, MaxCompletionLength = Tokens,
            LearningRate = 1e-4, MaxSteps = steps, LoggingSteps = 1, GradientCheckpointing = false };
        var source = new Clocked(new PolicyRollouts(model, config.Sampling([], 0), []));
        var trainer =
            new GrpoTrainer(model, new NumberCodec(), prompts, [RewardFunction.Each("random", _ => random.NextDouble())], config) { Rollouts = source };
        var spent = new List<Spent>();
        var (before, generatedBefore) = (Spent.Now(), new Spent(0, 0));
        trainer.Run(progress: new Now(() =>
        {
            var now = Spent.Now();
            spent.Add((now - before) with { Generate = source.Spent - generatedBefore });
            (before, generatedBefore) = (now, source.Spent);
        }));
        Spent[] counted = [.. spent.Skip(1)];
        const int rows = Prompts * Generations, generated = rows * Tokens, trained = rows * (Tokens + PromptTokens);
        void Row(string what, Func<double, double> of, Func<Spent, double> wall, Func<Spent, double> cpu, double trl) =>
            Console.WriteLine($"| {what} | {of(Median(counted.Select(wall))):0.###} | {of(Median(counted.Select(cpu))):0.###} | {of(trl):0.###} |");
        Console.WriteLine("| | Crane, wall | Crane, CPU time | TRL 1.16 (stored, wall) |\n|---|---|---|---|");
        Row("step, s", s => s, s => s.Wall, s => s.Cpu, TrlStep);
        Row("generation, s", s => s, s => s.Generate!.Wall, s => s.Generate!.Cpu, TrlGenerate);
        Row("rewards, forward, backward, optimiser, s", s => s, s => s.Wall - s.Generate!.Wall, s => s.Cpu - s.Generate!.Cpu, TrlStep - TrlGenerate);
        Row("generated tokens a second", s => Math.Round(generated / s), s => s.Generate!.Wall, s => s.Generate!.Cpu, TrlGenerate);
        Row("trained tokens a second, prompts included", s => Math.Round(trained / s), s => s.Wall - s.Generate!.Wall, s => s.Cpu - s.Generate!.Cpu,
            TrlStep - TrlGenerate);
        Row("completion tokens a second of the whole step", s => Math.Round(generated / s), s => s.Wall, s => s.Cpu, TrlStep);
        Console.WriteLine($"\nMedians of {counted.Length} steps, one thread, {model.parameters().Sum(p => p.numel()):n0} parameters; load of the machine {File.ReadAllText("/proc/loadavg").Split(' ')[0]}.");
    }

    /// <summary>Seconds by the clock and of this process's processors.</summary>
    private sealed record Spent(double Wall, double Cpu)
    {
        public Spent? Generate { get; init; }

        public static Spent Now() => new(Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency, Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds);

        public static Spent operator -(Spent a, Spent? b) => new(a.Wall - (b?.Wall ?? 0), a.Cpu - (b?.Cpu ?? 0));

        public static Spent operator +(Spent a, Spent b) => new(a.Wall + b.Wall, a.Cpu + b.Cpu);
    }

    private sealed class Clocked(IRolloutSource inner) : IRolloutSource
    {
        public Spent Spent { get; private set; } = new(0, 0);

        public bool IsPolicy => inner.IsPolicy;

        public IReadOnlyList<WrittenTokens> Write(IReadOnlyList<EncodedPrompt> prompts, int generations, int seed, CancellationToken cancellationToken)
        {
            var start = Spent.Now();
            var written = inner.Write(prompts, generations, seed, cancellationToken);
            Spent += Spent.Now() - start;
            return written;
        }
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);

    private static void WriteModel(string folder)
    {
        const int hidden = 192, layers = 4, intermediate = 512, heads = 6, kvHeads = 2, headDim = hidden / heads;
        File.WriteAllText(Path.Combine(folder, "config.json"), JsonSerializer.Serialize(new
        {
            model_type = "qwen2", vocab_size = Vocabulary, hidden_size = hidden, intermediate_size = intermediate, num_hidden_layers = layers,
                num_attention_heads = heads,
            num_key_value_heads = kvHeads, rms_norm_eps = 1e-6, rope_theta = 10000.0, tie_word_embeddings = true, max_position_embeddings = 512,
        }));
        manual_seed(1);
        var tensors = new Dictionary<string, Tensor> { ["model.embed_tokens.weight"] = randn(Vocabulary, hidden) * 0.02, ["model.norm.weight"] = ones(hidden) };
        for (var layer = 0; layer < layers; layer++)
        {
            void Matrix(string name, long rows, long columns) => tensors[$"model.layers.{layer}.{name}.weight"] = randn(rows, columns) * 0.02;
            foreach (var (name, rows) in new[] { ("q_proj", hidden), ("k_proj", kvHeads * headDim), ("v_proj", kvHeads * headDim) })
            {
                Matrix($"self_attn.{name}", rows, hidden);
                tensors[$"model.layers.{layer}.self_attn.{name}.bias"] = zeros(rows);
            }
            Matrix("self_attn.o_proj", hidden, hidden);
            Matrix("mlp.gate_proj", intermediate, hidden);
            Matrix("mlp.up_proj", intermediate, hidden);
            Matrix("mlp.down_proj", hidden, intermediate);
            foreach (var name in new[] { "input_layernorm", "post_attention_layernorm" }) tensors[$"model.layers.{layer}.{name}.weight"] = ones(hidden);
        }
        SafeTensors.Write(Path.Combine(folder, "model.safetensors"), tensors);
    }

    /// <summary>Words are the numbers of their tokens, and nothing ends a completion.</summary>
    private sealed class NumberCodec : IPromptCodec
    {
        public IReadOnlyList<int> EosTokenIds { get; } = [];

        public int PadTokenId => 0;

        public IReadOnlyList<int> NeverSampled { get; } = [];

        public EncodedPrompt Encode(Question question) => new([.. question.Text.Split(' ').Select(int.Parse)]);

        public string Decode(int[] ids) => string.Join(' ', ids);
    }

    private sealed class Now(Action action) : IProgress<ProgressUpdate>
    {
        public void Report(ProgressUpdate value) => action();
    }
}
