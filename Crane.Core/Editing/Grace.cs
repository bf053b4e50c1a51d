using Crane.Core.Model;
using Crane.Core.Training;
using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;
using static TorchSharp.torch;

namespace Crane.Core.Editing;

/// <summary>How a new value starts. EasyEdit: val_init.</summary>
public enum ValueInit
{
    /// <summary>Uniform in [0, 1).</summary>
    Cold,

    /// <summary>What the layer itself would have written.</summary>
    Warm,
}

/// <summary>Settings of <see cref="Grace"/>, with EasyEdit's names and defaults for qwen3vl-4b; replacement is <c>replace_last</c>, expansion <c>coverage</c>,
/// distance euclidean.</summary>
public sealed record GraceConfig
{
    /// <summary>The layer whose down-projection is watched; negative: counted from the last. EasyEdit: inner_params.</summary>
    public int Layer { get; init; } = 23;

    /// <summary>Adam's learning rate.</summary>
    public double EditLr { get; init; } = 1;

    /// <summary>Steps that train a value.</summary>
    public int NIter { get; init; } = 20;

    /// <summary>First deferral radius.</summary>
    public double Eps { get; init; } = 1;

    /// <summary>How a new value starts.</summary>
    public ValueInit ValInit { get; init; } = ValueInit.Cold;

    /// <summary>Fixes cold starts.</summary>
    public int Seed { get; init; }

    /// <summary>What is learnt.</summary>
    public TargetForm TargetForm { get; init; }

    /// <summary>For qwen2vl-7b.</summary>
    public static GraceConfig Qwen2Vl { get; } = new() { Layer = 18 };

    /// <summary>For the nano model.</summary>
    public static GraceConfig Nano { get; } = new() { Layer = 1, Eps = 10, ValInit = ValueInit.Warm, NIter = 50 };
}

/// <summary>GRACE (arXiv 2211.11031): a codebook beside one down-projection. Where the key of the last prompt token lies within an entry's radius, the entry's
/// value takes the
/// place of the projection's; outside, every number stays as it is. No weight changes.</summary>
/// <remarks>The published code queries cached steps of generation with the new token too; here the last prompt token alone is queried, so that cached and
/// whole passes agree.
/// <see cref="IEditor.Revoke"/> of an earlier edit lets the others learn their values again.</remarks>
/// <param name="model">The model.</param>
/// <param name="config">null: <see cref="GraceConfig.Nano"/>.</param>
public sealed class Grace(VisionLanguageModel model, GraceConfig? config = null) : Editor("GRACE", model, config ?? GraceConfig.Nano)
{
    private readonly GraceConfig config = config ?? GraceConfig.Nano;
    private readonly VisionLanguageModel model = model;
    private readonly int layer = WeightEditor.Layer(model, (config ?? GraceConfig.Nano).Layer);
    private readonly Dictionary<int, Tensor> values = [];
    private List<CodebookEntry> entries = [];
    private IDisposable? hook;

    /// <summary>The codebook.</summary>
    public IReadOnlyList<CodebookEntry> Entries => entries;

    /// <summary>Loss before each step of the last edit.</summary>
    public IReadOnlyList<double> Losses { get; private set; } = [];

    /// <inheritdoc/>
    protected override TargetForm Form => config.TargetForm;

    /// <summary>The key of a question: input of the down-projection at the last prompt token, <c>[intermediate]</c>.</summary>
    public Tensor Key(Question question)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        using var recorder = new Recorder(point => point == $"layer.{layer}.mlp.keys");
        model.Model.Hidden(model.Prompts.Batch([question]).To(model.Model.Device), watch: recorder.Watch);
        return recorder[$"layer.{layer}.mlp.keys"][0, -1].clone().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Insert(IReadOnlyList<Edit> edits, CancellationToken cancellationToken)
    {
        using var frozen = new FrozenWeights(model.Model);
        foreach (var edit in edits) Insert(edit, cancellationToken);
    }

    /// <inheritdoc/>
    protected override Dictionary<string, Tensor> Capture() => Copies(entries.SelectMany((entry, i) => (KeyValuePair<string, Tensor>[])
        [new($"{i}.key", entry.Key), new($"{i}.value", values[i]), new($"{i}.epsilon", tensor(entry.Epsilon)),
        new($"{i}.label", Words(entry.Label)), new($"{i}.owner", Words(entry.Owner))]));

    /// <inheritdoc/>
    protected override void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        var (sizes, count) = (model.Model.Config.Text, state.Count / 5);
        Clear();
        for (var i = 0; i < count; i++)
        {
            var (key, value) = (state[$"{i}.key"], state[$"{i}.value"]);
            if (key.numel() != sizes.IntermediateSize || value.numel() != sizes.HiddenSize)
                throw new InvalidDataException($"Entry {i} has a key of {key.numel()} and a value of {value.numel()}; "
                    + $"this model has {sizes.IntermediateSize} and {sizes.HiddenSize}.");
            entries.Add(new(key.clone().DetachFromDisposeScope(), state[$"{i}.epsilon"].item<double>(), Words(state[$"{i}.label"]),
                Words(state[$"{i}.owner"])));
            values[i] = value.clone().DetachFromDisposeScope();
        }
        Attach();
    }

    /// <inheritdoc/>
    protected override void Free() => Clear();

    private void Insert(Edit edit, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var key = Key(edit.Question);
        var (grown, index) = Codebook.Insert(entries, key, edit.Target, edit.Id, config.Eps);
        var value = new Parameter(values.TryGetValue(index, out var old) ? old.clone() : First(edit));
        entries = [.. grown];
        if (ReferenceEquals(entries[index].Key, key)) key.DetachFromDisposeScope();
        old?.Dispose();
        values[index] = value.DetachFromDisposeScope();
        Attach();
        var (input, labels) = TargetBatch.Of(model, [edit], config.TargetForm);
        using var adam = new AdamW([("value", value)], new() { WeightDecay = 0 });
        var pass = new UpperPass(model.Model, input, layer, fromKeys: true);
        var losses = new List<double>();
        for (var step = 0; step < config.NIter; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var stepScope = NewDisposeScope();
            value.grad?.zero_();
            var loss = CausalLoss.Of(pass, labels).Loss;
            losses.Add(loss.item<float>());
            loss.backward();
            adam.Step(config.EditLr);
        }
        values[index] = value.detach().clone().DetachFromDisposeScope();
        value.Dispose();
        Losses = losses;
    }

    private Tensor First(Edit edit)
    {
        if (config.ValInit == ValueInit.Warm)
        {
            using var recorder = new Recorder(point => point == $"layer.{layer}.mlp.down_proj");
            using var none = no_grad();
            model.Model.Hidden(model.Prompts.Batch([edit.Question]).To(model.Model.Device), watch: recorder.Watch);
            return recorder[$"layer.{layer}.mlp.down_proj"][0, -1].clone();
        }
        using var generator = new Generator((ulong)Seeds.Mix(config.Seed, entries.Count), torch.CPU);
        return rand([model.Model.Config.Text.HiddenSize], generator: generator).to(model.Model.Type, model.Model.Device);
    }

    private void Attach()
    {
        if (entries.Count > 0) hook ??= model.Model.Decoder.Layers[layer].Mlp.Intervene(Replace);
    }

    private Tensor Replace(Tensor keys, Tensor values, AttentionContext context)
    {
        if (context.Input is null) return values;
        var places = model.Prompts.AnswerStarts(context.Input);
        for (var row = 0; row < places.Length; row++)
        {
            if (places[row] < 0) continue;
            using var scope = NewDisposeScope();
            var (index, _) = Codebook.Find(entries, keys[row, places[row]].detach());
            if (index < 0) continue;
            var here = zeros([values.shape[0], values.shape[1], 1], dtype: ScalarType.Bool, device: values.device);
            here[row, places[row]] = true;
            values = where(here, this.values[index].to(values.dtype), values).MoveToOuterDisposeScope();
        }
        return values;
    }

    private void Clear()
    {
        hook?.Dispose();
        hook = null;
        foreach (var tensor in entries.Select(entry => entry.Key).Concat(values.Values)) tensor.Dispose();
        values.Clear();
        entries = [];
    }

    private static Tensor Words(string text) => tensor(System.Text.Encoding.UTF8.GetBytes(text), dtype: ScalarType.Byte);

    private static string Words(Tensor bytes) => System.Text.Encoding.UTF8.GetString(bytes.data<byte>().ToArray());
}
