using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Crane.Core.Memory;

/// <summary>Sizes of a transformer encoder, with the names of Hugging Face's configs.</summary>
/// <param name="HiddenSize">Width.</param>
/// <param name="Layers">num_hidden_layers.</param>
/// <param name="Heads">num_attention_heads; divides the width.</param>
/// <param name="IntermediateSize">Width inside the MLP.</param>
/// <param name="Activation">Between the MLP's layers.</param>
/// <param name="Eps">layer_norm_eps.</param>
internal sealed record EncoderSizes(int HiddenSize, int Layers, int Heads, int IntermediateSize, Func<Tensor, Tensor> Activation, double Eps)
{
    private static readonly Dictionary<string, Func<Tensor, Tensor>> Activations = new()
    {
        ["gelu"] = x => F.gelu(x),
        ["gelu_pytorch_tanh"] = x => F.gelu(x, TorchSharp.Modules.GELU.Approximate.tanh),
        ["gelu_new"] = x => F.gelu(x, TorchSharp.Modules.GELU.Approximate.tanh),
        ["quick_gelu"] = x => x * sigmoid(x * Scalars.Keep(1.702)),
        ["relu"] = x => F.relu(x),
    };

    /// <summary>Reads a config; fields it may leave out take the defaults of its class in transformers.</summary>
    public static EncoderSizes Read(JsonFields config, string activation, double eps, EncoderSizes? defaults = null)
    {
        int Size(string name, int? otherwise) => config.Has(name) || otherwise is null ? config.Size(name) : otherwise.Value;
        var sizes = new EncoderSizes(Size("hidden_size", defaults?.HiddenSize), Size("num_hidden_layers", defaults?.Layers),
            Size("num_attention_heads", defaults?.Heads),
            Size("intermediate_size", defaults?.IntermediateSize), ActivationOf(config, activation), config.Double("layer_norm_eps", eps));
        return sizes.HiddenSize % sizes.Heads == 0 ? sizes
            : throw new InvalidDataException($"{config.Where}: hidden_size {sizes.HiddenSize} is not a multiple of num_attention_heads {sizes.Heads}.");
    }

    private static Func<Tensor, Tensor> ActivationOf(JsonFields config, string otherwise)
    {
        var name = config.Text("hidden_act", otherwise)!;
        return Activations.TryGetValue(name, out var activation) ? activation
            : throw new InvalidDataException($"{config.Where}: hidden_act '{name}' is not known; expected one of {string.Join(", ", Activations.Keys)}.");
    }
}

/// <summary>Names of a layer's parts in a checkpoint.</summary>
internal sealed record LayerNames(string Layer, string Query, string Key, string Value, string Out, string Norm1, string Norm2, string Up, string Down)
{
    public static LayerNames Bert { get; } = new("encoder.layer.{0}.", "attention.self.query", "attention.self.key", "attention.self.value",
        "attention.output.dense",
        "attention.output.LayerNorm", "output.LayerNorm", "intermediate.dense", "output.dense");

    public static LayerNames Clip { get; } = new("encoder.layers.{0}.", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj",
        "layer_norm1", "layer_norm2", "mlp.fc1", "mlp.fc2");
}

/// <summary>The layers that BERT, CLIP and SigLIP share: full attention and an MLP, each with a residual.</summary>
internal static class EncoderLayers
{
    /// <summary>Runs all layers.</summary>
    /// <param name="weights">The checkpoint.</param>
    /// <param name="prefix">Before the layers' names, as <c>text_model.</c>.</param>
    /// <param name="names">The parts.</param>
    /// <param name="sizes">The config.</param>
    /// <param name="x"><c>[batch, length, hidden]</c>.</param>
    /// <param name="mask">true where attention may look, broadcast to <c>[batch, heads, length, length]</c>; null: everywhere.</param>
    /// <param name="normFirst">Norm before each part (CLIP, SigLIP) or after its residual (BERT).</param>
    public static Tensor Run(EncoderWeights weights, string prefix, LayerNames names, EncoderSizes sizes, Tensor x, Tensor? mask, bool normFirst)
    {
        for (var i = 0; i < sizes.Layers; i++)
        {
            var layer = prefix + string.Format(null, names.Layer, i);
            Tensor Norm(string part, Tensor y) => weights.Norm(layer + part, y, sizes.Eps);
            Tensor Mlp(Tensor y) => weights.Linear(layer + names.Down, sizes.Activation(weights.Linear(layer + names.Up, y, sizes.IntermediateSize)),
                sizes.HiddenSize);
            Tensor Attention(Tensor y) => Attend(weights, layer, names, sizes, y, mask);
            if (normFirst)
            {
                x = x.Plus(Attention(Norm(names.Norm1, x)));
                x = x.Plus(Mlp(Norm(names.Norm2, x)));
            }
            else
            {
                x = Norm(names.Norm1, x.Plus(Attention(x)));
                x = Norm(names.Norm2, x.Plus(Mlp(x)));
            }
        }
        return x;
    }

    private static Tensor Attend(EncoderWeights weights, string layer, LayerNames names, EncoderSizes sizes, Tensor x, Tensor? mask)
    {
        Tensor Heads(string part) => Split(weights.Linear(layer + part, x, sizes.HiddenSize), sizes.Heads);                   // [batch, heads, length, headDim]
        var context = F.scaled_dot_product_attention(Heads(names.Query), Heads(names.Key), Heads(names.Value), attn_mask: mask);
        return weights.Linear(layer + names.Out, Join(context), sizes.HiddenSize);                                            // [batch, length, hidden]
    }

    /// <summary><c>[batch, length, hidden]</c> → <c>[batch, heads, length, headDim]</c>.</summary>
    public static Tensor Split(Tensor x, int heads) => x.unflatten(2, [heads, -1]).transpose(1, 2);

    /// <summary><c>[batch, heads, length, headDim]</c> → <c>[batch, length, hidden]</c>.</summary>
    public static Tensor Join(Tensor x) => x.transpose(1, 2).flatten(2);
}
