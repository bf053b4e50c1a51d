using Crane.Core.Model;
using Crane.Core.Training;
using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Crane.Core.Editing;

/// <summary>What ROME, MEMIT and AlphaEdit share, with EasyEdit's names; EasyEdit has no defaults for Qwen-VL, these are those that it uses most.</summary>
public record LocateThenEditConfig
{
    /// <summary>Layers whose down-projections are changed, in rising order; negative: counted from the last.</summary>
    public int[] Layers { get; init; } = [5];

    /// <summary>Where the fact is looked up.</summary>
    public FactToken FactToken { get; init; }

    /// <summary>Most steps of the search for the value.</summary>
    public int VNumGradSteps { get; init; } = 25;

    /// <summary>Adam's learning rate of that search.</summary>
    public double VLr { get; init; } = 0.5;

    /// <summary>Weight of ‖δ‖ / ‖v‖² in its loss.</summary>
    public double VWeightDecay { get; init; } = 1e-3;

    /// <summary>δ stays within this many norms of what the place holds.</summary>
    public double ClampNormFactor { get; init; } = 4;

    /// <summary>Weight of the divergence on the essence prompt, which keeps what the subject is.</summary>
    public double KlFactor { get; init; } = 0.0625;

    /// <summary>The search ends below this loss.</summary>
    public double LossThreshold { get; init; } = 5e-2;

    /// <summary>Texts around the question (<c>{}</c>) over which keys are averaged; the first is the plain one. EasyEdit lets the model write them; here they
    /// are given.</summary>
    public string[] ContextTemplates { get; init; } = ["{}"];

    /// <summary>Added to the diagonal of C, as a share of its mean: a small corpus leaves directions that no key has, and C could not be inverted.</summary>
    public double Ridge { get; init; } = 1e-4;

    /// <summary>What is learnt.</summary>
    public TargetForm TargetForm { get; init; }
}

/// <summary>What an edit asks of one layer.</summary>
/// <param name="Key">Mean input of the down-projection at the fact's place, <c>[intermediate]</c> float64.</param>
/// <param name="Delta">What has to be added to the MLP's output there, <c>[hidden]</c> float64.</param>
/// <param name="Losses">Loss before each step of the search.</param>
public sealed record FactValue(Tensor Key, Tensor Delta, IReadOnlyList<double> Losses);

/// <summary>Finds what an MLP would have to write at the subject for the model to give the target: gradient steps on a vector δ that is added there
/// (ROME, arXiv 2202.05262, eq. 4; EasyEdit <c>compute_z</c>).</summary>
public static class ValueSearch
{
    /// <summary>The vector that an edit needs at a layer.</summary>
    public static FactValue Of(VisionLanguageModel model, Edit edit, int layer, LocateThenEditConfig config, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        using var frozen = new FrozenWeights(model.Model);
        var questions = Contexts(edit, config);
        var target = Targets.Of(model, edit, config.TargetForm);
        var (input, labels) = TargetBatch.Of(model, [.. questions.Select(question => (question, target))]);
        var places = questions.Select(question => FactPlace.Of(model, question, edit.Subject, config.FactToken)).ToArray();
        var essence = Essence(edit);
        var (essenceInput, essencePlace) = (model.Prompts.Batch([essence]).To(model.Model.Device),
            FactPlace.Of(model, essence, edit.Subject, FactToken.SubjectLast));
        using var optimizer = new Search(model, layer);
        var (pass, essencePass) = (new UpperPass(model.Model, input, layer, fromKeys: true),
            new UpperPass(model.Model, essenceInput, layer, fromKeys: true));
        var before = Chances(essencePass).detach();
        var norm = optimizer.ValueAt(input, places[0]).norm().item<float>();
        var losses = new List<double>();
        for (var step = 0; step < config.VNumGradSteps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var stepScope = NewDisposeScope();
            var loss = optimizer.With(places, () => CausalLoss.Of(pass, labels).Loss)
                .Plus(optimizer.Delta.norm() * Scalars.Keep(config.VWeightDecay / (norm * norm)));
            if (config.KlFactor != 0)
                loss = loss.Plus(Scalars.Keep(config.KlFactor) * optimizer.With([essencePlace], () =>
                    F.kl_div(Chances(essencePass), before, reduction: nn.Reduction.Sum, log_target: true)));
            losses.Add(loss.item<float>());
            if (losses[^1] < config.LossThreshold || step == config.VNumGradSteps - 1) break;
            optimizer.Step(loss, config.VLr, config.ClampNormFactor * norm);
        }
        var delta = optimizer.Delta.detach().cpu().to(float64);
        return new(Key(model, questions, places, layer).MoveToOuterDisposeScope(), delta.MoveToOuterDisposeScope(), losses);
    }

    /// <summary>The edit's mean key at a layer, <c>[intermediate]</c> float64.</summary>
    public static Tensor Key(VisionLanguageModel model, Edit edit, int layer, LocateThenEditConfig config)
    {
        var questions = Contexts(edit, config);
        return Key(model, questions, [.. questions.Select(question => FactPlace.Of(model, question, edit.Subject, config.FactToken))], layer);
    }

    /// <summary>A value of the plain question's pass at the fact's place, for example <c>layer.3</c>, <c>[size]</c> float64.</summary>
    public static Tensor At(VisionLanguageModel model, Question question, int place, string point)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        using var recorder = new Recorder(name => name == point);
        model.Model.Hidden(model.Prompts.Batch([question]).To(model.Model.Device), watch: recorder.Watch);
        return recorder[point][0, place].cpu().to(float64).MoveToOuterDisposeScope();
    }

    private static Tensor Key(VisionLanguageModel model, IReadOnlyList<Question> questions, int[] places, int layer)
    {
        using var scope = NewDisposeScope();
        return stack(questions.Select((question, i) => At(model, question, places[i], $"layer.{layer}.mlp.keys"))).mean([0]).MoveToOuterDisposeScope();
    }

    private static List<Question> Contexts(Edit edit, LocateThenEditConfig config) =>
        [.. config.ContextTemplates.Select(template => edit.Question with { Text = template.Replace("{}", edit.Question.Text, StringComparison.Ordinal) })];

    /// <summary>What the model says of the subject itself; EasyEdit: "{} is a".</summary>
    private static Question Essence(Edit edit) => edit.Subject is not null ? new($"{edit.Subject} is a", edit.Question.Picture)
        : edit.Question.Picture is not null ? edit.Question with { Text = "This is a" } : edit.Question;

    private static Tensor Chances(UpperPass pass)
    {
        using var scope = NewDisposeScope();
        return pass.Model.Logits(pass.Hidden()[.., -1]).to(float32).log_softmax(-1).MoveToOuterDisposeScope();
    }

    /// <summary>δ, its optimiser, and its way into the pass.</summary>
    private sealed class Search : IDisposable
    {
        private readonly VisionLanguageModel model;
        private readonly int layer;
        private readonly Parameter delta;
        private readonly AdamW adam;

        public Search(VisionLanguageModel model, int layer)
        {
            (this.model, this.layer) = (model, layer);
            delta = new Parameter(zeros(model.Model.Config.Text.HiddenSize, device: model.Model.Device));
            adam = new AdamW([("delta", delta)], new() { WeightDecay = 0 });
        }

        public Tensor Delta => delta;

        public Tensor With(int[] places, Func<Tensor> pass)
        {
            using var hook = model.Model.Decoder.Layers[layer].Mlp.Intervene((_, values, context) => context.Input is null ? values : Added(values, places));
            return pass();
        }

        public Tensor ValueAt(ModelInput input, int place)
        {
            using var none = no_grad();
            using var recorder = new Recorder(point => point == $"layer.{layer}");
            model.Model.Hidden(input, watch: recorder.Watch);
            return recorder[$"layer.{layer}"][0, place].clone();
        }

        public void Step(Tensor loss, double rate, double limit)
        {
            delta.grad?.zero_();
            loss.backward();
            adam.Step(rate);
            using var none = no_grad();
            if (delta.norm().item<float>() is var norm && norm > limit) delta.mul_(Scalars.Keep(limit / norm));
        }

        public void Dispose() => adam.Dispose();

        private Tensor Added(Tensor values, int[] places)
        {
            var rows = Scalars.Range(places.Length, values.device);
            var at = zeros([values.shape[0], values.shape[1], 1], dtype: values.dtype, device: values.device)
                .index_put_(ones([places.Length, 1], dtype: values.dtype, device: values.device), rows,
                    tensor(Array.ConvertAll(places, place => (long)place), device: values.device));
            return values.Plus(at * delta.to(values.dtype));                                            // [batch, length, hidden]
        }
    }
}
