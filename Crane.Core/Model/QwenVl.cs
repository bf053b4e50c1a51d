using Crane.Core.Vision;
using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Crane.Core.Model;

/// <summary>A Qwen2.5-VL or Qwen3-VL: a vision tower whose features take the place of picture tokens, a decoder over text and pictures, a head over the
/// vocabulary.</summary>
public sealed class QwenVl : CausalModel
{
    [ComponentName(Name = "visual")] private readonly VisionTower visual;
    [ComponentName(Name = "language_model")] private readonly Decoder decoder;
    [ComponentName(Name = "lm_head")] private readonly nn.Module<Tensor, Tensor>? head;

    /// <summary>A model with fresh weights: normal with the config's initializer_range, norms 1, biases 0, in the order of the names, so that a seed of
    /// <see cref="torch.manual_seed"/> fixes them.</summary>
    public QwenVl(QwenVlConfig config) : this(config, initialise: true)
    {
    }

    private QwenVl(QwenVlConfig config, bool initialise) : base(nameof(QwenVl))
    {
        Config = config;
        using var scope = NewDisposeScope();   // for the tensors that parameters are made from
        visual = config.Vision.CreateTower();
        decoder = new Decoder(config.Text);
        if (!config.TieWordEmbeddings) head = new Linear(config.Text.HiddenSize, config.Text.VocabSize, hasBias: false);
        RegisterComponents();
        foreach (var parameter in parameters()) parameter.DetachFromDisposeScope();
        if (initialise) Initialise();
    }

    /// <summary>A model of a given element type whose weights are about to be read: none is drawn, and none is held in another type first.</summary>
    internal static QwenVl ToBeLoaded(QwenVlConfig config, ScalarType type)
    {
        using var none = FirstWeights.Empty(type);
        return new QwenVl(config, initialise: false);
    }

    /// <summary>Sizes and special tokens.</summary>
    public QwenVlConfig Config { get; }

    /// <summary>The vision tower.</summary>
    public VisionTower Visual => visual;

    /// <inheritdoc/>
    public override TextConfig TextConfig => Config.Text;

    /// <inheritdoc/>
    public override Decoder Decoder => decoder;

    /// <summary>Vectors after the final norm, before the head.</summary>
    /// <param name="input">The batch; with a cache its rows are the first tokens of each sequence.</param>
    /// <param name="cache">Filled with keys and values, or null.</param>
    /// <param name="features">Picture features computed before (their order as in the input), or null to compute them here.</param>
    /// <param name="watch">Observer, or null.</param>
    /// <returns><c>[batch, length, hidden]</c> and for each row the position of the token that would follow.</returns>
    public override (Tensor Hidden, long[] Next) Hidden(ModelInput input, KvCache? cache = null, VisionFeatures? features = null, Watch? watch = null)
    {
        using var scope = NewDisposeScope();
        var (x, context, deepStack, next) = Enter(input, cache, features, watch);
        return (decoder.Forward(x, context, deepStack).MoveToOuterDisposeScope(), next);
    }

    /// <summary>What enters the decoder: vectors of tokens and pictures, and what all layers share. The tensors belong to the caller's scope.</summary>
    internal (Tensor X, AttentionContext Context, DeepStack? DeepStack, long[] Next) Enter(ModelInput input, KvCache? cache, VisionFeatures? features,
        Watch? watch)
    {
        var (positions, next) = Positions(input);
        var x = decoder.Embed(input.InputIds);                                                        // [batch, length, hidden]
        var places = Places(input);
        features ??= See(input, watch);
        if ((features?.Merged.shape[0] ?? 0) != places.numel())
            throw new ArgumentException($"The prompts have {places.numel()} picture and video placeholders, the pictures give {features?.Merged.shape[0] ?? 0} features.", nameof(input));
        DeepStack? deepStack = null;
        if (features is not null)
        {
            x = x.flatten(0, 1).index_copy(0, places, features.Merged.to(x.dtype)).view(x.shape);
            deepStack = new(places, features.DeepStack);
        }
        watch?.Invoke("embeddings", x);
        var rotary = Rotary.Multimodal(positions.to(x.device), Config.Text).To(x.dtype);
        return (x, new(rotary, AttentionMasks.Of(input.AttentionMask), cache, watch) { Input = input }, deepStack, next);
    }

    /// <inheritdoc/>
    public override Tensor Logits(Tensor hidden) => head is null ? MatrixProduct.Linear(hidden, decoder.EmbeddingWeight) : head.call(hidden);

    /// <summary>Positions of every token.</summary>
    /// <returns><c>[3, batch, length]</c> int64, and for each row the position of the token that would follow.</returns>
    /// <exception cref="ArgumentException">Placeholders and pictures do not match, or a row is longer than the model's context.</exception>
    public (Tensor Positions, long[] Next) Positions(ModelInput input)
    {
        using var scope = NewDisposeScope();
        var (batch, length) = (input.InputIds.shape[0], input.InputIds.shape[1]);
        if (length > Config.Text.MaxPositionEmbeddings)
            throw new ArgumentException($"The prompt has {length} tokens, the model's context is {Config.Text.MaxPositionEmbeddings} (max_position_embeddings).", nameof(input));
        var ids = input.InputIds.cpu().contiguous().data<long>().ToArray();
        if (ids.FirstOrDefault(id => id < 0 || id >= Config.Text.VocabSize, -1) is >= 0 and var bad)
            throw new ArgumentException($"Token {bad} lies outside the vocabulary of {Config.Text.VocabSize}: the tokenizer does not belong to this model.",
                nameof(input));
        var mask = input.AttentionMask?.cpu().to(int64).contiguous().data<long>().Select(m => m != 0).ToArray() ?? [.. Enumerable.Repeat(true, ids.Length)];
        if (input.SecondPerGridTs.Count > 0 && input.SecondPerGridTs.Count != input.VideoGrids.Count)
            throw new ArgumentException($"{input.VideoGrids.Count} videos need as many second_per_grid_ts, found {input.SecondPerGridTs.Count}.",
                nameof(input));
        var seconds = input.SecondPerGridTs.Count > 0 ? input.SecondPerGridTs : [.. input.VideoGrids.Select(_ => 1f)];
        var images = new Queue<VisionSpan>(input.ImageGrids.Select(grid => new VisionSpan(grid)));
        var videos = new Queue<VisionSpan>(Config.Vision.VideoSpans(input.VideoGrids, seconds));
        var (axes, next) = (new long[3 * ids.Length], new long[batch]);
        for (var row = 0; row < batch; row++)
        {
            var from = row * (int)length;
            (var parts, next[row]) = PositionIds.Of(ids.AsSpan(from, (int)length), mask.AsSpan(from, (int)length), images, videos, Config);
            for (var axis = 0; axis < 3; axis++) parts[axis].CopyTo(axes, axis * ids.Length + from);
        }
        if (images.Count + videos.Count > 0)
            throw new ArgumentException($"{images.Count} pictures and {videos.Count} video parts have no placeholders in the prompts.", nameof(input));
        return (tensor(axes, [3, batch, length]).MoveToOuterDisposeScope(), next);
    }

    /// <summary>Reads the pictures and videos of a batch and puts their features into the order of their placeholders.</summary>
    /// <returns>null when the batch has none.</returns>
    public VisionFeatures? See(ModelInput input, Watch? watch = null)
    {
        if (input.PixelValues is null) return input.VideoPixelValues is null ? null : visual.Forward(input.VideoPixelValues, input.VideoGrids, watch);
        if (input.VideoPixelValues is null) return visual.Forward(input.PixelValues, input.ImageGrids, watch);
        using var scope = NewDisposeScope();
        var (image, video) = (visual.Forward(input.PixelValues, input.ImageGrids, watch), visual.Forward(input.VideoPixelValues, input.VideoGrids));
        var flat = input.InputIds.flatten();
        // 0 picture, 1 video, in the order of placeholders
        var kind = flat[Places(input)].eq(Scalars.Keep(Config.VideoTokenId)).to(int64);
        // from "pictures, then videos" to that order
        var order = (kind * Scalars.Keep(kind.numel())).Plus(Scalars.Range(kind.numel(), kind.device)).argsort().argsort();
        Tensor Merge(Tensor a, Tensor b) => cat([a, b], dim: 0).index_select(0, order).MoveToOuterDisposeScope();
        return new(Merge(image.Merged, video.Merged), [.. image.DeepStack.Zip(video.DeepStack, Merge)]);
    }

    private Tensor Places(ModelInput input)
    {
        using var scope = NewDisposeScope();
        var flat = input.InputIds.flatten();
        return flat.eq(Scalars.Keep(Config.ImageTokenId)).logical_or(flat.eq(Scalars.Keep(Config.VideoTokenId))).nonzero().squeeze(1).MoveToOuterDisposeScope();
    }

    private void Initialise()
    {
        using var none = no_grad();
        foreach (var (name, parameter) in named_parameters().OrderBy(p => p.name, StringComparer.Ordinal))
            if (parameter.dim() >= 2) nn.init.normal_(parameter, 0, Config.Text.InitializerRange);
            else if (name.EndsWith("bias", StringComparison.Ordinal)) nn.init.zeros_(parameter);
            else nn.init.ones_(parameter);
    }
}
