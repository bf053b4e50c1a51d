using Crane.Core.Model;
using Crane.Core.Training;
using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;
using static TorchSharp.torch;

namespace Crane.Core.Editing;

/// <summary>Settings of <see cref="FineTuning"/>, with EasyEdit's names.</summary>
public sealed record FineTuningConfig
{
    /// <summary>Most gradient steps.</summary>
    public int NumSteps { get; init; } = 25;

    /// <summary>AdamW's learning rate.</summary>
    public double Lr { get; init; } = 5e-4;

    /// <summary>The edit is done when the mean loss on the target falls below this, in nats.</summary>
    public double LossThreshold { get; init; } = 1e-2;

    /// <summary>Parameters whose name begins with one of these are changed; the default is every layer of the decoder. EasyEdit: rewrite_module_tmp.</summary>
    public string[] RewriteModules { get; init; } = ["language_model.layers."];
}

/// <summary>FT: gradient steps on −log p(target | question) until the target is learnt. The target is the bare answer, as in EasyEdit; the chain of thought
/// is no part of it.</summary>
public sealed class FineTuning(VisionLanguageModel model, FineTuningConfig? config = null) : IEditor
{
    private readonly FineTuningConfig config = config ?? new();
    private readonly Stack<(string Id, Dictionary<string, Tensor> Before)> inForce = new();

    /// <summary>Mean loss on the target before each step of the last edit, in nats; ends below the threshold if it was reached.</summary>
    public IReadOnlyList<double> Losses { get; private set; } = [];

    /// <inheritdoc/>
    public void Apply(Edit edit, CancellationToken cancellationToken = default)
    {
        edit.Checked();
        if (inForce.Any(other => other.Id == edit.Id)) throw new ArgumentException($"Edit '{edit.Id}' is in force already; revoke it first.", nameof(edit));
        var chosen = model.Model.named_parameters().Where(p => config.RewriteModules.Any(prefix => p.name.StartsWith(prefix, StringComparison.Ordinal))).ToList();
        if (chosen.Count == 0) throw new ArgumentException($"No parameter begins with {string.Join(" or ", config.RewriteModules)}.");
        using var scope = NewDisposeScope();
        var (input, labels) = TargetBatch.Of(model, edit.Question, edit.Target);
        var before = chosen.ToDictionary(p => p.name, p => p.parameter.detach().clone().DetachFromDisposeScope());
        try { Descend(chosen, input, labels, cancellationToken); }
        catch
        {
            Restore(before);
            throw;
        }
        inForce.Push((edit.Id, before));
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">A later edit is in force: it was learnt on top of this one and has to go first.</exception>
    public void Revoke(string id)
    {
        if (inForce.All(edit => edit.Id != id)) throw new KeyNotFoundException($"No edit '{id}' is in force; in force are: {string.Join(", ", inForce.Select(edit => edit.Id))}.");
        if (inForce.Peek().Id != id) throw new InvalidOperationException($"Edit '{inForce.Peek().Id}' was learnt on top of '{id}'; revoke it first.");
        Restore(inForce.Pop().Before);
    }

    /// <inheritdoc/>
    public Question Prompt(Question question) => question;

    private void Descend(List<(string name, Parameter parameter)> chosen, ModelInput input, Tensor labels, CancellationToken cancellationToken)
    {
        using var optimizer = new AdamW(chosen, new() { WeightDecay = 0 });
        var losses = new List<double>();
        for (var step = 0; step <= config.NumSteps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            model.Model.zero_grad();
            var loss = CausalLoss.Of(model.Model, input, labels).Loss;
            losses.Add(loss.item<float>());
            if (losses[^1] < config.LossThreshold || step == config.NumSteps) break;
            loss.backward();
            optimizer.Step(config.Lr);
        }
        model.Model.zero_grad();
        Losses = losses;
    }

    private void Restore(Dictionary<string, Tensor> before)
    {
        using var none = no_grad();
        foreach (var (name, parameter) in model.Model.named_parameters())
            if (before.Remove(name, out var saved))
                using (saved) parameter.copy_(saved);
    }
}
