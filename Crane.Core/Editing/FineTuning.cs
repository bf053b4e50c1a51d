using Crane.Core.Model;
using Crane.Core.Training;
using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;
using static TorchSharp.torch;

namespace Crane.Core.Editing;

/// <summary>Settings of <see cref="FineTuning"/>, with EasyEdit's names; the defaults are VLKEB's for Qwen-VL, the last layer's down-projection.</summary>
public sealed record FineTuningConfig
{
    /// <summary>Most gradient steps.</summary>
    public int NumSteps { get; init; } = 10;

    /// <summary>AdamW's learning rate.</summary>
    public double Lr { get; init; } = 1e-4;

    /// <summary>The edit is done when the mean loss on the target falls below this, in nats.</summary>
    public double LossThreshold { get; init; } = 1e-2;

    /// <summary>No weight may move further than this from where the edit found it (L∞); null: no limit. EasyEdit: norm_constraint.</summary>
    public double? NormConstraint { get; init; }

    /// <summary>Parameters whose name begins with one of these are changed; <c>{}</c> stands for <see cref="Layers"/>. EasyEdit: rewrite_module_tmp.</summary>
    public string[] RewriteModules { get; init; } = ["language_model.layers.{}.mlp.down_proj."];

    /// <summary>Layers of the decoder; −1 is the last.</summary>
    public int[] Layers { get; init; } = [-1];

    /// <summary>What is learnt.</summary>
    public TargetForm TargetForm { get; init; }

    /// <summary>For the nano model: every layer of the decoder.</summary>
    public static FineTuningConfig Nano { get; } = new() { NumSteps = 50, Lr = 3e-5, RewriteModules = ["language_model.layers."] };

    /// <summary>For the nano model: one layer's down-projection.</summary>
    public static FineTuningConfig NanoDownProjection { get; } = new() { NumSteps = 50, Lr = 1e-3 };

    /// <summary>For the nano model: the same with a norm constraint.</summary>
    public static FineTuningConfig NanoConstrained { get; } = new() { NumSteps = 50, Lr = 1e-3, NormConstraint = 2e-2 };

    /// <summary>For the nano model: the part that joins the vision tower to the decoder.</summary>
    public static FineTuningConfig NanoVisionMerger { get; } = new() { NumSteps = 50, Lr = 3e-3, RewriteModules = ["visual.merger."] };
}

/// <summary>FT: gradient steps on −log p(target | question) until the target is learnt; FT-L where a norm constraint is set (arXiv 2012.00363).</summary>
/// <param name="model">The model.</param>
/// <param name="config">null: <see cref="FineTuningConfig.Nano"/>.</param>
public sealed class FineTuning(VisionLanguageModel model, FineTuningConfig? config = null)
    : WeightEditor((config ?? FineTuningConfig.Nano).NormConstraint is null ? "FT" : "FT-L", model, config ?? FineTuningConfig.Nano)
{
    private readonly FineTuningConfig config = config ?? FineTuningConfig.Nano;

    /// <summary>Mean loss on the target before each step of the last application, in nats; ends below the threshold if it was reached.</summary>
    public IReadOnlyList<double> Losses { get; private set; } = [];

    /// <inheritdoc/>
    protected override TargetForm Form => config.TargetForm;

    /// <inheritdoc/>
    protected override IReadOnlyList<(string name, Parameter parameter)> Chosen => Select(Model, config.RewriteModules, config.Layers);

    /// <inheritdoc/>
    protected override void Insert(IReadOnlyList<Edit> edits, CancellationToken cancellationToken)
    {
        var (input, labels) = TargetBatch.Of(Model, edits, config.TargetForm);
        var chosen = Chosen;
        var found = config.NormConstraint is null ? null : chosen.Select(p => p.parameter.detach().clone()).ToList();
        using var frozen = new FrozenWeights(Model.Model, chosen.Select(p => p.parameter));
        using var optimizer = new AdamW(chosen, new() { WeightDecay = 0 });
        var pass = new TargetPass(Model.Model, input, labels, [.. chosen.Select(p => p.name)]);
        var losses = new List<double>();
        for (var step = 0; step <= config.NumSteps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            foreach (var (_, parameter) in chosen) parameter.grad?.zero_();
            var loss = pass.Loss();
            losses.Add(loss.item<float>());
            // The vision merger takes no part in an edit in words: there is nothing to learn.
            if (losses[^1] < config.LossThreshold || step == config.NumSteps || !loss.requires_grad) break;
            loss.backward();
            optimizer.Step(config.Lr);
            if (found is not null) Clamp(chosen, found, config.NormConstraint!.Value);
        }
        Model.Model.zero_grad();
        Losses = losses;
    }

    private static void Clamp(IReadOnlyList<(string name, Parameter parameter)> chosen, List<Tensor> found, double limit)
    {
        using var none = no_grad();
        foreach (var ((_, parameter), at) in chosen.Zip(found))
            parameter.copy_(parameter.minimum(at.Plus(Scalars.Keep(limit))).maximum(at - Scalars.Keep(limit)));
    }
}
