using Crane.Core.Model;
using Crane.Core.Vision;
using static TorchSharp.torch;

namespace Crane.Core.Memory;

/// <summary>The edited model as its own encoder: nothing else has to be loaded. The generators live as long as the model.</summary>
public static class QwenEncoders
{
    /// <summary>Pictures by the vision tower, before the decoder.</summary>
    /// <param name="model">The model.</param>
    /// <param name="size">Every picture is made this size (pixels, multiples of patch × merge) and its tokens are put one after the other, which keeps where
    /// things are; null:
    /// pictures keep their shape and the mean of their tokens is taken.</param>
    /// <param name="head">Maps the features; null: as they are.</param>
    public static Encoder<Picture> Pictures(VisionLanguageModel model, (int Width, int Height)? size = null, ProjectionHead? head = null) =>
        new FunctionEncoder<Picture>("vision tower", pictures => [.. Features(model, pictures, size).Select(f => head is null ? f : head.Apply(f))]);

    /// <summary>Sentences by the decoder: the mean over tokens of its vectors after the final norm.</summary>
    /// <param name="model">The model.</param>
    /// <param name="head">Maps the features; null: as they are.</param>
    public static Encoder<string> Texts(VisionLanguageModel model, ProjectionHead? head = null) =>
        new FunctionEncoder<string>("decoder", texts => [.. Features(model, texts).Select(f => head is null ? f : head.Apply(f))]);

    /// <summary>What a head is learnt on: features of pictures, not normalised.</summary>
    /// <param name="model">The model.</param>
    /// <param name="pictures">At least one.</param>
    /// <param name="size">See <see cref="Pictures"/>.</param>
    public static float[][] Features(VisionLanguageModel model, IReadOnlyList<Picture> pictures, (int Width, int Height)? size)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        VisionInput[] inputs = [.. pictures.Select(p => size is { } s ? model.Processor.Cut(PillowResize.Bicubic(p, s.Width, s.Height))
            : model.Processor.Process(p))];
        var pixels = tensor(inputs.SelectMany(i => i.PixelValues).ToArray()).view(inputs.Sum(i => i.Grid.Patches), -1).to(model.Model.Device);
        var tokens = model.Model.Visual.Forward(pixels, [.. inputs.Select(i => i.Grid)]).Merged.to(float32);                 // [tokens of all pictures, hidden]
        long[] counts = [.. inputs.Select(i => (long)i.Grid.Tokens(model.Processor.Config.MergeSize))];
        return [.. tokens.split(counts, dim: 0).Select(own => (size is null ? own.mean([0]) : own.flatten()).cpu().contiguous().data<float>().ToArray())];
    }

    /// <summary>The same of sentences.</summary>
    /// <param name="model">The model.</param>
    /// <param name="texts">At least one; special tokens in them are ordinary characters.</param>
    public static float[][] Features(VisionLanguageModel model, IReadOnlyList<string> texts)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var pad = model.Prompts.PadId;
        int[][] rows = [.. texts.Select(model.Tokenizer.EncodeText).Select(ids => ids.Length > 0 ? ids : [pad])];   // the empty text is one token of nothing
        var input = ModelInput.Pad(rows, pad, left: false).To(model.Model.Device);
        var hidden = model.Model.Hidden(input).Hidden.to(float32);                                                           // [batch, length, hidden]
        return TokenRows.Vectors(TokenRows.Mean(hidden,
            tensor(rows.SelectMany(r => Enumerable.Range(0, (int)hidden.shape[1]).Select(i => i < r.Length ? 1L : 0)).ToArray()).view(rows.Length,
            -1).to(hidden.device)));
    }
}
