using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Editing;

/// <summary>What is restored while tracing.</summary>
public enum TraceSite
{
    /// <summary>The residual stream after a layer.</summary>
    Hidden,

    /// <summary>What the MLPs of a window of layers write.</summary>
    Mlp,
}

/// <summary>Settings of <see cref="CausalTracing"/>, ROME's defaults.</summary>
public sealed record CausalTracingConfig
{
    /// <summary>Noise in standard deviations of the embeddings; on a picture, of its features.</summary>
    public double Noise { get; init; } = 3;

    /// <summary>Draws of noise over which the chances are averaged.</summary>
    public int Samples { get; init; } = 10;

    /// <summary>Layers restored together where the site is <see cref="TraceSite.Mlp"/>; at least 1.</summary>
    public int Window { get; init; } = 1;

    /// <summary>What is restored.</summary>
    public TraceSite Site { get; init; }

    /// <summary>Fixes the noise.</summary>
    public int Seed { get; init; }
}

/// <summary>Where in the network an answer comes from.</summary>
/// <param name="Clean">p of the answer's first token, undisturbed.</param>
/// <param name="Corrupted">The same with noise on the subject.</param>
/// <param name="Restored">The same with one state put back: rows are layers, columns tokens of the prompt, for a heat map.</param>
/// <param name="Tokens">The tokens of the columns.</param>
/// <param name="Subject">Columns that carry the noise.</param>
public sealed record CausalTrace(double Clean, double Corrupted, double[][] Restored, IReadOnlyList<string> Tokens, Range Subject)
{
    /// <summary>The layer at which restoring the subject's last token helps most: where to write.</summary>
    public int BestLayer => Enumerable.Range(0, Restored.Length).MaxBy(layer => Restored[layer][Subject.End.Value - 1]);
}

/// <summary>Causal tracing (ROME, arXiv 2202.05262, section 2): noise on the subject's embeddings (its words, or its picture with all that DeepStack adds)
/// destroys the answer;
/// then one state of the clean run at a time is put back, and the answer's chance is read again.</summary>
public static class CausalTracing
{
    /// <summary>Traces one question.</summary>
    /// <param name="model">The model.</param>
    /// <param name="question">The question.</param>
    /// <param name="answer">Text of which the first token is followed (in the middle of a sentence: with its space); the model should give it
    /// undisturbed.</param>
    /// <param name="subject">Words of the question, or null: its picture.</param>
    /// <param name="config">null: ROME's settings.</param>
    /// <param name="written">Tokens that the model has already written of its turn, see <see cref="ChainPlace"/>; null: none. The columns go on over
    /// them.</param>
    /// <param name="progress">One report a layer.</param>
    /// <param name="cancellationToken">Checked at every state.</param>
    public static CausalTrace Of(VisionLanguageModel model, Question question, string answer, string? subject = null, CausalTracingConfig? config = null,
        IReadOnlyList<int>? written = null, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellationToken = default)
    {
        config ??= new();
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var token = model.Tokenizer.EncodeText(answer) is [var first, ..] ? first : throw new ArgumentException("The answer is empty.", nameof(answer));
        var (ids, picture) = model.Prompts.Encode(question);
        int[] prompt = [.. ids, .. written ?? []];
        var noisy = FactPlace.Subject(model, question, subject);
        using var run = new Run(model, ModelInput.Pad([prompt], model.Prompts.PadId, left: false, picture is null ? [] : [picture]).To(model.Model.Device),
            token, noisy, subject is null && question.Picture is not null,
            config);
        var layers = model.Model.Config.Text.NumHiddenLayers;
        var restored = new double[layers][];
        for (var layer = 0; layer < layers; layer++)
        {
            restored[layer] = [.. Enumerable.Range(0, prompt.Length).Select(place =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                return run.Restored(layer, place);
            })];
            progress?.Report(new("trace", layer + 1, layers, $"layer {layer}"));
        }
        return new(run.Clean, run.Corrupted, restored, [.. prompt.Select(id => model.Tokenizer.Decode([id]))], noisy);
    }

    private sealed class Run : IDisposable
    {
        private readonly VisionLanguageModel model;
        private readonly CausalTracingConfig config;
        private readonly ModelInput many;
        private readonly VisionFeatures? features;
        private readonly Dictionary<string, Tensor> clean = [];
        private readonly Tensor noise;
        private readonly Range subject;
        private readonly int token;

        public Run(VisionLanguageModel model, ModelInput input, int token, Range subject, bool picture, CausalTracingConfig config)
        {
            (this.model, this.config, this.subject, this.token) = (model, config, subject, token);
            many = input with
            {
                InputIds = input.InputIds.repeat(config.Samples, 1),
                AttentionMask = null,
                PixelValues = null,
                ImageGrids = [.. Enumerable.Repeat(input.ImageGrids, config.Samples).SelectMany(grid => grid)],
            };
            var seen = model.Model.See(input);
            void Keep(string point, Tensor value)
            {
                if (point.StartsWith("layer.", StringComparison.Ordinal) && !point.EndsWith("attention", StringComparison.Ordinal))
                    clean[point] = value[0].clone().DetachFromDisposeScope();
            }
            Clean = Chance(model.Model.Hidden(input, features: seen, watch: Keep).Hidden);
            using var generator = new Generator((ulong)config.Seed, torch.CPU);
            // A picture's features are larger than words' embeddings: noise is measured by what it falls on.
            Tensor Noise(long length, Tensor like) => randn([config.Samples, length, model.Model.Config.Text.HiddenSize], generator: generator)
                .to(model.Model.Type, model.Model.Device) * (like.std() * Scalars.Keep(config.Noise));
            noise = Noise(subject.End.Value - subject.Start.Value, picture ? seen!.Merged : model.Model.Decoder.EmbeddingWeight);
            features = seen is null ? null : new(Repeat(seen.Merged),
                [.. seen.DeepStack.Select(level => picture ? Repeat(level).Plus(Noise(level.shape[0], level).flatten(0, 1)) : Repeat(level))]);
            Corrupted = Chance(Pass(null, 0));
        }

        public double Clean { get; }

        public double Corrupted { get; }

        public double Restored(int layer, int place)
        {
            using var scope = NewDisposeScope();
            return Chance(Pass(layer, place));
        }

        public void Dispose()
        {
            foreach (var value in clean.Values) value.Dispose();
        }

        private Tensor Pass(int? layer, int place)
        {
            var (from, to) = (layer - config.Window / 2, layer + (config.Window - 1) / 2);
            bool Restores(string point) => config.Site == TraceSite.Hidden ? point == $"layer.{layer}"
                : Enumerable.Range(from ?? 0, (to - from + 1) ?? 0).Any(i => point == $"layer.{i}.mlp.down_proj");
            return model.Model.Hidden(many, features: features, watch: (point, value) =>
            {
                if (point == "embeddings") value[.., subject].add_(noise, Scalars.One);
                else if (layer is not null && Restores(point)) value[.., place].copy_(clean[point][place].expand(config.Samples, -1));
            }).Hidden;
        }

        private double Chance(Tensor hidden) => model.Model.Logits(hidden[.., -1]).to(float32).softmax(-1)[.., token].mean().item<float>();

        private Tensor Repeat(Tensor features) => features.repeat(config.Samples, 1);
    }
}
