using Crane.Core.Model;
using Crane.Core.Vision;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Crane.Core.Memory;

/// <summary>A CLIP or SigLIP: pictures and texts in one space, from a Hugging Face folder. <see cref="Pictures"/> and <see cref="Texts"/> are the
/// generators.</summary>
public sealed class DualEncoder : IDisposable
{
    private readonly string folder;
    private readonly EncoderWeights weights;
    private readonly DualFamily family;
    private readonly EncoderSizes text, vision;
    private readonly JsonFields textConfig;
    private readonly int vocabulary, positions, imageSize, patch, textWidth, visionWidth;

    private DualEncoder(string folder, EncoderWeights weights, DualFamily family, JsonFields config)
    {
        (this.folder, this.weights, this.family) = (folder, weights, family);
        textConfig = config.Object("text_config");
        var visionConfig = config.Object("vision_config");
        text = EncoderSizes.Read(textConfig, family.Activation, family.Eps, family.TextDefaults);
        vision = EncoderSizes.Read(visionConfig, family.Activation, family.Eps, family.VisionDefaults);
        (vocabulary, positions) = (textConfig.Int("vocab_size", family.Vocabulary), textConfig.Int("max_position_embeddings", family.Positions));
        (imageSize, patch) = (visionConfig.Int("image_size", 224), visionConfig.Int("patch_size", family.Patch));
        (textWidth, visionWidth) = family.Projected ? (config.Int("projection_dim", 512), config.Int("projection_dim", 512))
            : (textConfig.Int("projection_size", text.HiddenSize), vision.HiddenSize);
    }

    /// <summary>clip or siglip.</summary>
    public string Family => family.ModelType;

    /// <summary>Side of the square pictures it reads, in pixels.</summary>
    public int ImageSize => imageSize;

    /// <summary>Opens a folder with config.json and weights.</summary>
    /// <exception cref="InvalidDataException">Another model_type, or config and weights do not belong together.</exception>
    public static DualEncoder Load(string folder)
    {
        var config = JsonFields.ReadFile(Path.Combine(folder, "config.json"));
        var type = config.Text("model_type", null);
        var family = DualFamily.All.FirstOrDefault(f => f.ModelType == type)
            ?? throw new InvalidDataException($"{config.Where}: model_type '{type}', expected {string.Join(" or ", DualFamily.All.Select(f => $"'{f.ModelType}'"))}.");
        var weights = new EncoderWeights(folder, [""], "text_model.embeddings.token_embedding.weight");
        try { return new(folder, weights, family, config); }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>A generator of pictures' vectors. It lives as long as this object.</summary>
    /// <param name="preprocessor">Null: the folder's preprocessor_config.json.</param>
    public Encoder<Picture> Pictures(PicturePreprocessor? preprocessor = null)
    {
        var settings = preprocessor ?? PicturePreprocessor.Load(folder);
        return new FunctionEncoder<Picture>($"{Family} pictures", pictures =>
        {
            var pixels = pictures.SelectMany(settings.Process).ToArray();
            return TokenRows.Vectors(EncodePixels(tensor(pixels).view(pictures.Count, 3, settings.Height, settings.Width)));
        });
    }

    /// <summary>A generator of texts' vectors. It lives as long as this object.</summary>
    /// <param name="tokenise">Text to ids, with the special ones that the family ends or frames a text with. All rows of a SigLIP batch must have its 64 ids,
    /// padding
    /// included; shorter CLIP rows are filled up. <see cref="ClipTokenizer"/> does it for CLIP.</param>
    public Encoder<string> Texts(Func<string, int[]> tokenise) => new FunctionEncoder<string>($"{Family} texts", texts =>
        TokenRows.Vectors(EncodeIds(TokenRows.Pad([.. texts.Select(tokenise)], pad: EndId).Ids)));

    /// <summary>Ids to vectors, not normalised.</summary>
    /// <param name="ids"><c>[batch, length]</c>, int64.</param>
    /// <returns><c>[batch, width]</c>.</returns>
    public Tensor EncodeIds(Tensor ids)
    {
        var length = ids.shape[1];
        if (length > positions) throw new ArgumentException($"{folder}: {length} tokens, the model has {positions} positions. Cut the text.", nameof(ids));
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var x = weights.Get("text_model.embeddings.token_embedding.weight", vocabulary, text.HiddenSize)[ids]
            .Plus(weights.Get("text_model.embeddings.position_embedding.weight", positions, text.HiddenSize).narrow(0, 0, length));
        var mask = family.Causal ? ones(length, length, dtype: @bool).tril() : null;
        x = EncoderLayers.Run(weights, "text_model.", LayerNames.Clip, text, x, mask, normFirst: true);
        x = weights.Norm("text_model.final_layer_norm", x, text.Eps);                                                        // [batch, length, hidden]
        var pooled = family.Projected ? x[Scalars.Range(ids.shape[0]), End(ids)] : x.select(1, length - 1);                         // [batch, hidden]
        return (family.Projected ? weights.Linear("text_projection", pooled, textWidth, bias: false) : weights.Linear("text_model.head", pooled, textWidth))
            .MoveToOuterDisposeScope();
    }

    /// <summary>Normalised pixels to vectors, not normalised.</summary>
    /// <param name="pixels"><c>[batch, 3, size, size]</c>.</param>
    /// <returns><c>[batch, width]</c>.</returns>
    public Tensor EncodePixels(Tensor pixels)
    {
        if (pixels.dim() != 4 || pixels.shape[1] != 3 || pixels.shape[2] != imageSize || pixels.shape[3] != imageSize)
            throw new ArgumentException($"{folder}: pixels are [{string.Join(", ", pixels.shape)}], expected [batch, 3, {imageSize}, {imageSize}].",
                nameof(pixels));
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var places = (long)imageSize / patch * (imageSize / patch) + (family.Projected ? 1 : 0);
        const string embeddings = "vision_model.embeddings.";
        var filter = weights.Get(embeddings + "patch_embedding.weight", vision.HiddenSize, 3, patch, patch);
        var x = F.conv2d(pixels, filter, family.Projected ? null : weights.Get(embeddings + "patch_embedding.bias", vision.HiddenSize),
            strides: [patch, patch]);
        x = x.flatten(2).transpose(1, 2);                                                                                    // [batch, patches, hidden]
        if (family.Projected) x = cat([weights.Get(embeddings + "class_embedding", vision.HiddenSize).expand(pixels.shape[0], 1, -1), x], dim: 1);
        x = x.Plus(weights.Get(embeddings + "position_embedding.weight", places, vision.HiddenSize));
        if (family.Projected) x = weights.Norm("vision_model.pre_layrnorm", x, vision.Eps);                                  // the checkpoints' own spelling
        x = EncoderLayers.Run(weights, "vision_model.", LayerNames.Clip, vision, x, null, normFirst: true);
        return (family.Projected
            ? weights.Linear("visual_projection", weights.Norm("vision_model.post_layernorm", x.select(1, 0), vision.Eps), visionWidth, bias: false)
            : PoolByAttention(weights.Norm("vision_model.post_layernorm", x, vision.Eps))).MoveToOuterDisposeScope();
    }

    /// <summary>How CLIP and SigLIP compare: s = exp(logit_scale) · cosine (+ logit_bias).</summary>
    /// <param name="images"><c>[images, width]</c>, L2-normalised.</param>
    /// <param name="texts"><c>[texts, width]</c>, L2-normalised.</param>
    /// <returns><c>[images, texts]</c>.</returns>
    public Tensor LogitsPerImage(Tensor images, Tensor texts)
    {
        using var scope = NewDisposeScope();
        Tensor Number(string name) => family.Projected ? weights.Get(name) : weights.Get(name, 1);
        var logits = images.matmul(texts.t()) * Number("logit_scale").exp();
        return (family.Projected ? logits : logits.Plus(Number("logit_bias"))).MoveToOuterDisposeScope();
    }

    /// <summary>SigLIP's head: a learnt probe attends over all patches, then an MLP with a residual.</summary>
    private Tensor PoolByAttention(Tensor x)   // [batch, patches, hidden] → [batch, hidden]
    {
        const string head = "vision_model.head.";
        var width = vision.HiddenSize;
        var (w, b) = (weights.Get(head + "attention.in_proj_weight", 3 * width, width).chunk(3),
            weights.Get(head + "attention.in_proj_bias", 3 * width).chunk(3));
        Tensor Heads(Tensor y, int i) => EncoderLayers.Split(F.linear(y, w[i], b[i]), vision.Heads);                         // [batch, heads, length, headDim]
        var probe = weights.Get(head + "probe", 1, 1, width).expand(x.shape[0], 1, -1);
        var seen = F.scaled_dot_product_attention(Heads(probe, 0), Heads(x, 1), Heads(x, 2));
        var pooled = weights.Linear(head + "attention.out_proj", EncoderLayers.Join(seen), width);                           // [batch, 1, hidden]
        var inside = vision.Activation(weights.Linear(head + "mlp.fc1", weights.Norm(head + "layernorm", pooled, vision.Eps), vision.IntermediateSize));
        return pooled.Plus(weights.Linear(head + "mlp.fc2", inside, width)).select(1, 0);
    }

    private int EndId => family.Projected ? textConfig.Int("eos_token_id", 49407) : textConfig.Int("pad_token_id", 1);

    /// <summary>The first end-of-text of each row. Old CLIP configs name id 2 by mistake; transformers then takes the largest id.</summary>
    private Tensor End(Tensor ids)
    {
        if (textConfig.Int("eos_token_id", 49407) == 2) return ids.argmax(1);
        var ends = ids.eq(Scalars.Keep(EndId));
        if (!ends.any(1).all().item<bool>())
            throw new ArgumentException($"{folder}: a text has no end-of-text token (id {EndId}), where CLIP takes its vector.", nameof(ids));
        return ends.to(int64).argmax(1);
    }

    /// <inheritdoc/>
    public void Dispose() => weights.Dispose();
}

/// <summary>What differs between the families, and what their configs may leave out (the defaults of transformers 5).</summary>
internal sealed record DualFamily(string ModelType, bool Causal, bool Projected, string Activation, double Eps, int Vocabulary, int Positions, int Patch,
    EncoderSizes TextDefaults, EncoderSizes VisionDefaults)
{
    public static IReadOnlyList<DualFamily> All { get; } =
    [
        new("clip", Causal: true, Projected: true, "quick_gelu", 1e-5, 49408, 77, 32, Sizes(512, 12, 8, 2048), Sizes(768, 12, 12, 3072)),
        new("siglip", Causal: false, Projected: false, "gelu_pytorch_tanh", 1e-6, 32000, 64, 16, Sizes(768, 12, 12, 3072), Sizes(768, 12, 12, 3072)),
    ];

    private static EncoderSizes Sizes(int hidden, int layers, int heads, int intermediate) => new(hidden, layers, heads, intermediate, x => x, 0);
}
