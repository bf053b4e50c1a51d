using Crane.Core.Model;
using Crane.Core.Model.Generation;
using Crane.Core.Training;
using Crane.Core.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Bench;

/// <summary>A piece of work that both sides do.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="Command">What PyTorch is asked.</param>
/// <param name="Count">How many of <paramref name="Unit"/> one run makes.</param>
/// <param name="Unit">tokens, pictures or steps.</param>
/// <param name="Flops">Additions and multiplications of the matrix products of one run.</param>
/// <param name="Bytes">Bytes of weights and cache that one run must read; 0 where arithmetic is the limit.</param>
/// <param name="Run">Crane's side; returns the numbers that both sides must agree on.</param>
internal sealed record SpeedWork(string Name, string Command, int Count, string Unit, double Flops, double Bytes, Func<float[]> Run)
{
    private const int Prompt = 16, NewTokens = 96, Pictures = 8;
    private static readonly GridThw Grid = new(1, 6, 8);   // the nano world's 64 × 48 pictures

    /// <summary>The works of the table, on one model; the last one trains another.</summary>
    public static IReadOnlyList<SpeedWork> All(QwenVl model, QwenVl learner, AdamW optimizer) =>
        [Prefill(model, 8, 128), .. ((int[])[1, 8, 32]).Select(batch => Decode(model, batch)), See(model), Train(learner, optimizer, 32, 96)];

    private static SpeedWork Prefill(QwenVl model, int batch, int length) =>
        new($"prefill, {batch} × {length} tokens", $"prefill {batch} {length}", batch * length, "tokens",
        batch * (length * LayerFlops(model) + AttentionFlops(model, length, length) + HeadFlops(model)), 0, () =>
        {
            using var none = no_grad();
            using var scope = NewDisposeScope();
            using var cache = new KvCache(model.TextConfig, batch, length, model.Type, model.Device);
            return Numbers(model.Logits(model.Hidden(Ids(batch, length), cache).Hidden[.., -1]));
        });

    private static SpeedWork Decode(QwenVl model, int batch) =>
        new($"decode, batch {batch}, {NewTokens} tokens after {Prompt}", $"decode {batch} {Prompt} {NewTokens}", batch * NewTokens, "tokens",
        batch * ((Prompt + NewTokens) * LayerFlops(model) + NewTokens * HeadFlops(model) + AttentionFlops(model, Prompt + NewTokens, Prompt + NewTokens)),
        4.0 * NewTokens * (WeightsOf(model) + (Prompt + NewTokens / 2.0) * batch * 2 * model.TextConfig.NumKeyValueHeads * model.TextConfig.HeadDim
            * model.TextConfig.NumHiddenLayers), () =>
        {
            using var scope = NewDisposeScope();
            return [.. TokenGenerator.Generate(model, Ids(batch, Prompt), new() { MaxNewTokens = NewTokens })
                .SelectMany(row => row.Ids.Select(id => (float)id))];
        });

    private static SpeedWork See(QwenVl model) =>
        new($"vision, {Pictures} pictures of {8 * Grid.Width} × {8 * Grid.Height}", $"see {Pictures} {Grid.Height} {Grid.Width}", Pictures, "pictures",
        VisionFlops((Qwen3VisionConfig)model.Config.Vision), 0, () =>
        {
            using var none = no_grad();
            using var scope = NewDisposeScope();
            var features = model.Visual.Forward(Pixels(Pictures * Grid.Patches, model.Config.Vision.PatchValues), [.. Enumerable.Repeat(Grid, Pictures)]);
            return Numbers(stack([features.Merged, .. features.DeepStack]));
        });

    private static SpeedWork Train(QwenVl model, AdamW optimizer, int batch, int length) =>
        new($"training step, {batch} × {length} tokens", $"train {batch} {length}", 1, "steps",
        3.0 * batch * (length * (LayerFlops(model) + HeadFlops(model)) + AttentionFlops(model, length, length)), 0, () =>
        {
            using var scope = NewDisposeScope();
            var input = Ids(batch, length);
            model.zero_grad();
            var loss = CausalLoss.Of(model, input, input.InputIds).Loss;
            loss.backward();
            nn.utils.clip_grad_norm_(model.parameters(), 1);
            optimizer.Step(1e-4);
            return [loss.item<float>()];
        });

    private static ModelInput Ids(int batch, int length) =>
        new() { InputIds =
            tensor([.. Enumerable.Range(0, batch * length).Select(i => (i / length * 104_729L + i % length * 7_919L + 13) % 1_500)], [batch, length]) };

    private static Tensor Pixels(int patches, int values) =>
        tensor([.. Enumerable.Range(0, patches * values).Select(i => i * 37L % 255 / 127.5f - 1)], [patches, values]);

    private static float[] Numbers(Tensor tensor) => tensor.contiguous().data<float>().ToArray();

    private static double WeightsOf(QwenVl model) => model.Decoder.parameters().Sum(parameter => parameter.numel());

    private static double LayerFlops(QwenVl model) =>
        2.0 * model.Decoder.Layers.SelectMany(layer => layer.parameters()).Where(parameter => parameter.dim() == 2).Sum(parameter => parameter.numel());

    private static double HeadFlops(QwenVl model) => 2.0 * model.TextConfig.HiddenSize * model.TextConfig.VocabSize;

    /// <summary>Of all layers and one row; half of it is causally hidden and need not be computed.</summary>
    private static double AttentionFlops(QwenVl model, int length, int total) =>
        4.0 * length * total / 2 * model.TextConfig.NumAttentionHeads * model.TextConfig.HeadDim * model.TextConfig.NumHiddenLayers;

    private static double VisionFlops(Qwen3VisionConfig v)
    {
        var (hidden, joined, squares) = ((double)v.HiddenSize, (double)v.MergedSize, Grid.Patches / Math.Pow(v.SpatialMergeSize, 2));
        var block = Grid.Patches * (4 * hidden * hidden + 2 * hidden * v.IntermediateSize + 2 * Grid.Patches * hidden);
        var merger = squares * (joined * joined + joined * v.OutHiddenSize);
        return 2.0 * Pictures * (Grid.Patches * hidden * v.PatchValues + v.Depth * block + (1 + v.DeepstackVisualIndexes.Length) * merger);
    }
}
