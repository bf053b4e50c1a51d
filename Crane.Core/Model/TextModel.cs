using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Crane.Core.Model;

/// <summary>A Qwen2 or Qwen3 that reads text alone: the decoder of the family and a head (Hugging Face <c>Qwen2ForCausalLM</c>, <c>Qwen3ForCausalLM</c>).
/// Load it with <see cref="Checkpoint.LoadText"/>.</summary>
public sealed class TextModel : CausalModel
{
    [ComponentName(Name = "model")] private readonly Decoder decoder;
    [ComponentName(Name = "lm_head")] private readonly nn.Module<Tensor, Tensor>? head;

    private TextModel(TextModelConfig config) : base(nameof(TextModel))
    {
        Config = config;
        using var scope = NewDisposeScope();   // for the tensors that parameters are made from
        decoder = new Decoder(config.Text);
        if (!config.TieWordEmbeddings) head = new Linear(config.Text.HiddenSize, config.Text.VocabSize, hasBias: false);
        RegisterComponents();
        foreach (var parameter in parameters()) parameter.DetachFromDisposeScope();
    }

    internal static TextModel ToBeLoaded(TextModelConfig config, ScalarType type)
    {
        using var none = FirstWeights.Empty(type);
        return new TextModel(config);
    }

    /// <summary>Sizes.</summary>
    public TextModelConfig Config { get; }

    /// <inheritdoc/>
    public override TextConfig TextConfig => Config.Text;

    /// <inheritdoc/>
    public override Decoder Decoder => decoder;

    /// <inheritdoc/>
    public override Tensor Logits(Tensor hidden) => head is null ? MatrixProduct.Linear(hidden, decoder.EmbeddingWeight) : head.call(hidden);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The input has pictures, or is longer than the model's context.</exception>
    public override (Tensor Hidden, long[] Next) Hidden(ModelInput input, KvCache? cache = null, VisionFeatures? features = null, Watch? watch = null)
    {
        if (input.PixelValues is not null || input.VideoPixelValues is not null || features is not null)
            throw new ArgumentException($"A {Config.ModelType} reads text alone; the batch has pictures.", nameof(input));
        var length = input.InputIds.shape[1];
        if (length > TextConfig.MaxPositionEmbeddings)
            throw new ArgumentException($"The prompt has {length} tokens, the model's context is {TextConfig.MaxPositionEmbeddings} (max_position_embeddings).",
                nameof(input));
        using var scope = NewDisposeScope();
        var real = input.AttentionMask?.ne(Scalars.Keep(0)).to(int64) ?? ones_like(input.InputIds);                  // [batch, length]
        var positions = (real.cumsum(1).sub(Scalars.Keep(1))).clamp(min: Scalars.Keep(0)).unsqueeze(0).expand(3, -1, -1);             // [3, batch, length]
        var x = decoder.Embed(input.InputIds);                                                         // [batch, length, hidden]
        watch?.Invoke("embeddings", x);
        var rotary = Rotary.Multimodal(positions, TextConfig).To(x.dtype);
        var hidden = decoder.Forward(x, new(rotary, AttentionMasks.Of(input.AttentionMask), cache, watch));
        return (hidden.MoveToOuterDisposeScope(), real.sum(1).cpu().data<long>().ToArray());
    }
}
