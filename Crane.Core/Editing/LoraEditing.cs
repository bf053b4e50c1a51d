using Crane.Core.Model;
using Crane.Core.Model.Adapters;
using Crane.Core.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Editing;

/// <summary>Settings of <see cref="LoraEditing"/>, with EasyEdit's names and defaults for qwen3vl-4b and qwen2vl-7b. EasyEdit's dropout of 0.1 is left out: an
/// application can be repeated.</summary>
public sealed record LoraEditingConfig
{
    /// <summary>Rank of the change.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>Its strength: the change is scaled by alpha / rank.</summary>
    public double LoraAlpha { get; init; } = 32;

    /// <summary>Last parts of the names of the adapted projections.</summary>
    public string[] TargetModules { get; init; } = ["q_proj", "v_proj"];

    /// <summary>Most gradient steps.</summary>
    public int NumSteps { get; init; } = 5;

    /// <summary>AdamW's learning rate.</summary>
    public double Lr { get; init; } = 0.1;

    /// <summary>The edit is done when the mean loss on the target falls below this, in nats.</summary>
    public double LossThreshold { get; init; } = 1e-2;

    /// <summary>Fixes the adapter's first weights.</summary>
    public int Seed { get; init; }

    /// <summary>What is learnt.</summary>
    public TargetForm TargetForm { get; init; }

    /// <summary>For the nano model.</summary>
    public static LoraEditingConfig Nano { get; } = new() { NumSteps = 60, Lr = 2e-4 };
}

/// <summary>LoRA as an editing method: one adapter beside the model, trained on each application's targets from where the one before left it. The model's own
/// weights do not
/// change; while an edit is in force they collect no gradients.</summary>
/// <param name="model">The model.</param>
/// <param name="config">null: <see cref="LoraEditingConfig.Nano"/>.</param>
public sealed class LoraEditing(VisionLanguageModel model, LoraEditingConfig? config = null) : Editor("LoRA", model, config ?? LoraEditingConfig.Nano)
{
    private readonly LoraEditingConfig config = config ?? LoraEditingConfig.Nano;
    private readonly VisionLanguageModel model = model;
    private PeftModel? peft;

    /// <summary>Mean loss on the target before each step of the last application, in nats.</summary>
    public IReadOnlyList<double> Losses { get; private set; } = [];

    /// <inheritdoc/>
    protected override TargetForm Form => config.TargetForm;

    /// <inheritdoc/>
    protected override long ParametersTouched => peft?.TrainableParameters.Sum(p => p.parameter.numel()) ?? 0;

    /// <inheritdoc/>
    protected override void Insert(IReadOnlyList<Edit> edits, CancellationToken cancellationToken)
    {
        var (input, labels) = TargetBatch.Of(model, edits, config.TargetForm);
        var adapter = Adapter();
        using var adam = new AdamW(adapter, new() { WeightDecay = 0 });
        var pass = new TargetPass(model.Model, input, labels, [.. adapter.Select(p => p.name)]);
        var losses = new List<double>();
        for (var step = 0; step <= config.NumSteps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            foreach (var (_, parameter) in adapter) parameter.grad?.zero_();
            var loss = pass.Loss();
            losses.Add(loss.item<float>());
            if (losses[^1] < config.LossThreshold || step == config.NumSteps) break;
            loss.backward();
            adam.Step(config.Lr);
        }
        Losses = losses;
    }

    /// <inheritdoc/>
    protected override Dictionary<string, Tensor> Capture() =>
        Copies(peft?.TrainableParameters.Select(p => KeyValuePair.Create(p.name, (Tensor)p.parameter)) ?? []);

    /// <inheritdoc/>
    protected override void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        Free();
        if (state.Count == 0) return;
        using var none = no_grad();
        foreach (var (name, parameter) in Adapter())
            if (!state.TryGetValue(name, out var saved) || !saved.shape.SequenceEqual(parameter.shape))
                throw new InvalidDataException($"'{name}' is missing or not [{string.Join(", ", parameter.shape)}]; the adapter belongs to a model of another shape.");
        foreach (var (name, parameter) in Adapter()) parameter.copy_(state[name]);
    }

    /// <inheritdoc/>
    protected override void Free()
    {
        peft?.Dispose();
        peft = null;
    }

    private IReadOnlyList<(string name, TorchSharp.Modules.Parameter parameter)> Adapter()
    {
        if (peft is null)
        {
            using var scope = NewDisposeScope();
            peft = new PeftModel(model.Model);
            peft.AddAdapter(new() { R = config.Rank, LoraAlpha = config.LoraAlpha, TargetModules = [.. config.TargetModules] }, seed: config.Seed);
        }
        return peft.TrainableParameters;
    }
}
