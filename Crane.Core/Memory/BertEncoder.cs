using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Memory;

/// <summary>How the vectors of a text's tokens become one.</summary>
public enum Pooling
{
    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>The first one, of <c>[CLS]</c>.</summary>
    Cls,
}

/// <summary>A sentence encoder of the BERT family from a Hugging Face or sentence-transformers folder (all-MiniLM-L6-v2, BERT, multi-qa …).</summary>
public sealed class BertEncoder : Encoder<string>
{
    private readonly EncoderWeights weights;
    private readonly EncoderSizes sizes;
    private readonly int vocabulary, positions, types;
    private readonly Func<string, int[]> tokenise;
    private readonly Pooling pooling;

    private BertEncoder(string name, EncoderWeights weights, JsonFields config, Func<string, int[]> tokenise, Pooling pooling)
    {
        (Name, this.weights, this.tokenise, this.pooling) = (name, weights, tokenise, pooling);
        sizes = EncoderSizes.Read(config, "gelu", 1e-12);
        (vocabulary, positions, types) = (config.Size("vocab_size"), config.Size("max_position_embeddings"), config.Int("type_vocab_size", 2));
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <summary>Length of its vectors.</summary>
    public int Dimension => sizes.HiddenSize;

    /// <summary>Opens a folder with config.json, weights and vocab.txt.</summary>
    /// <param name="folder">The folder; <c>1_Pooling/config.json</c> says how to pool, otherwise the mean is taken.</param>
    /// <param name="tokenise">Text to ids, special ones included; null: <see cref="WordPiece"/> from the folder.</param>
    /// <exception cref="InvalidDataException">A file is damaged, or config and weights do not belong together.</exception>
    public static BertEncoder Load(string folder, Func<string, int[]>? tokenise = null)
    {
        var config = JsonFields.ReadFile(Path.Combine(folder, "config.json"));
        if (config.Text("model_type", null) is not "bert" and var type)
            throw new InvalidDataException($"{config.Where}: model_type '{type}', expected 'bert'.");
        if (config.Text("position_embedding_type", "absolute") is not "absolute" and var kind)
            throw new InvalidDataException($"{config.Where}: position_embedding_type '{kind}', expected 'absolute'.");
        tokenise ??= WordPiece.Load(folder).Encode;
        var weights = new EncoderWeights(folder, ["", "bert."], "embeddings.word_embeddings.weight");
        try { return new(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))), weights, config, tokenise, PoolingOf(folder)); }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<float[]> Encode(IReadOnlyList<string> inputs) => Rows(inputs.Select(tokenise).ToArray());

    private float[][] Rows(int[][] texts)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var (ids, mask) = TokenRows.Pad(texts, pad: 0);
        return TokenRows.Vectors(Pool(Hidden(ids, mask), mask));
    }

    /// <summary>The last layer's vectors.</summary>
    /// <param name="ids"><c>[batch, length]</c>.</param>
    /// <param name="mask">1 at tokens, 0 at padding, <c>[batch, length]</c>.</param>
    /// <returns><c>[batch, length, hidden]</c>; rows of padding hold arbitrary numbers.</returns>
    public Tensor Hidden(Tensor ids, Tensor mask)
    {
        if (ids.shape[1] > positions)
            throw new ArgumentException($"{Name}: {ids.shape[1]} tokens, the model has {positions} positions. Cut the text.", nameof(ids));
        using var none = no_grad();
        using var scope = NewDisposeScope();
        Tensor Table(string name, long rows) => weights.Get($"embeddings.{name}.weight", rows, sizes.HiddenSize);
        var x = Table("word_embeddings", vocabulary)[ids].Plus(Table("position_embeddings", positions).narrow(0, 0, ids.shape[1]))
            .Plus(Table("token_type_embeddings", types)[0]);
        x = weights.Norm("embeddings.LayerNorm", x, sizes.Eps);                                                              // [batch, length, hidden]
        var seen = mask.to(@bool).unsqueeze(1).unsqueeze(1);                                                                 // [batch, 1, 1, length]
        return EncoderLayers.Run(weights, "", LayerNames.Bert, sizes, x, seen, normFirst: false).MoveToOuterDisposeScope();
    }

    /// <summary>tanh(W h + b) of the first vector: BERT's own pooler (<c>pooler_output</c>), which sentence encoders do not use.</summary>
    /// <param name="hidden">See <see cref="Hidden"/>.</param>
    /// <returns><c>[batch, hidden]</c>.</returns>
    public Tensor Pooler(Tensor hidden)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        return tanh(weights.Linear("pooler.dense", hidden.select(1, 0), sizes.HiddenSize)).MoveToOuterDisposeScope();
    }

    /// <summary>One vector a text, not normalised.</summary>
    /// <param name="hidden">See <see cref="Hidden"/>.</param>
    /// <param name="mask">See <see cref="Hidden"/>.</param>
    /// <returns><c>[batch, hidden]</c>.</returns>
    public Tensor Pool(Tensor hidden, Tensor mask) => pooling is Pooling.Cls ? hidden.select(1, 0) : TokenRows.Mean(hidden, mask);

    private static Pooling PoolingOf(string folder)
    {
        var path = Path.Combine(folder, "1_Pooling", "config.json");
        if (!File.Exists(path)) return Pooling.Mean;
        var config = JsonFields.ReadFile(path);
        return config.Bool("pooling_mode_mean_tokens", false) ? Pooling.Mean
            : config.Bool("pooling_mode_cls_token", false) ? Pooling.Cls
            : throw new InvalidDataException($"{path}: neither pooling_mode_mean_tokens nor pooling_mode_cls_token is on; other poolings are not supported.");
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => weights.Dispose();
}
