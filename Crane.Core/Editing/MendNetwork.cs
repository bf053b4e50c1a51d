using Crane.Core.Model;
using Crane.Core.Training;
using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;
using static TorchSharp.torch;

namespace Crane.Core.Editing;

/// <summary>Settings of <see cref="Mend"/>, with EasyEdit's names and defaults for Qwen-VL.</summary>
public sealed record MendConfig
{
    /// <summary>Layers whose three MLP matrices are changed; negative: counted from the last. EasyEdit: inner_params.</summary>
    public int[] Layers { get; init; } = [-3, -2, -1];

    /// <summary>Adam's learning rate of the hypernetwork.</summary>
    public double Lr { get; init; } = 1e-6;

    /// <summary>First step length of every matrix.</summary>
    public double EditLr { get; init; } = 1e-4;

    /// <summary>Adam's learning rate of the step lengths.</summary>
    public double LrLr { get; init; } = 1e-4;

    /// <summary>Rank of the hypernetwork's layers.</summary>
    public int Rank { get; init; } = 1920;

    /// <summary>Steps of training; one example each.</summary>
    public int MaxIters { get; init; } = 30000;

    /// <summary>Largest norm of the hypernetwork's gradient.</summary>
    public double GradClip { get; init; } = 100;

    /// <summary>Weight of the edit in the loss.</summary>
    public double Cedit { get; init; } = 0.1;

    /// <summary>Weight of each unrelated question in the loss.</summary>
    public double Cloc { get; init; } = 1;

    /// <summary>Fixes first weights and the order of examples.</summary>
    public int Seed { get; init; }

    /// <summary>What is learnt.</summary>
    public TargetForm TargetForm { get; init; }

    /// <summary>For the nano model.</summary>
    public static MendConfig Nano { get; } = new() { Layers = [-2, -1], Lr = 1e-3, EditLr = 0.1, LrLr = 1e-3, Rank = 64, MaxIters = 300, GradClip = 1 };
}

/// <summary>MEND's part that is trained once and then serves every edit: a transform for each shape of matrix and a step length for each matrix.</summary>
public sealed class MendNetwork : IDisposable
{
    private readonly MendConfig config;
    private readonly List<(string Name, string Input, string Output, Parameter Weight, int Mode)> matrices = [];
    private readonly Dictionary<(long, long), GradientTransform> transforms = [];
    private readonly List<Parameter> lengths = [];

    /// <summary>A fresh network, with which an edit is exactly one step of gradient descent of length <see cref="MendConfig.EditLr"/>.</summary>
    public MendNetwork(VisionLanguageModel model, MendConfig? config = null)
    {
        (Model, this.config) = (model, config ?? MendConfig.Nano);
        var all = model.Model.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        foreach (var layer in this.config.Layers.Select(layer => WeightEditor.Layer(model, layer)).Order())
            foreach (var (matrix, input) in (ReadOnlySpan<(string, string)>)[("gate_proj", "in"), ("up_proj", "in"), ("down_proj", "keys")])
            {
                var weight = all[$"language_model.layers.{layer}.mlp.{matrix}.weight"];
                var mode = matrices.Count(other => other.Weight.shape.SequenceEqual(weight.shape));
                matrices.Add(($"language_model.layers.{layer}.mlp.{matrix}.weight", $"layer.{layer}.mlp.{input}", $"layer.{layer}.mlp.{matrix}", weight, mode));
            }
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)this.config.Seed, CPU);
        foreach (var group in matrices.GroupBy(matrix => (matrix.Weight.shape[0], matrix.Weight.shape[1])))
        {
            var transform = new GradientTransform((int)group.Key.Item2, (int)group.Key.Item1, this.config.Rank, group.Count(), generator);
            transform.to(model.Model.Device);
            transforms[group.Key] = transform;
        }
        foreach (var _ in matrices) lengths.Add(new Parameter(tensor((float)this.config.EditLr, device: model.Model.Device)));
        foreach (var length in lengths) length.DetachFromDisposeScope();
    }

    /// <summary>The model.</summary>
    public VisionLanguageModel Model { get; }

    /// <summary>The settings.</summary>
    public MendConfig Config => config;

    /// <summary>The matrices that are changed.</summary>
    public IReadOnlyList<(string name, Parameter parameter)> Matrices => [.. matrices.Select(matrix => (matrix.Name, matrix.Weight))];

    /// <summary>What is trained.</summary>
    public IEnumerable<(string name, Parameter parameter)> Parameters =>
        [.. transforms.SelectMany(pair => pair.Value.named_parameters().Select(p => ($"{pair.Key.Item1}x{pair.Key.Item2}.{p.name}", p.parameter))),
            .. StepLengths];

    /// <summary>The step length of every matrix.</summary>
    public IEnumerable<(string name, Parameter parameter)> StepLengths => lengths.Select((length, i) => ($"edit_lrs.{i}", length));

    /// <summary>Tensors that make up the network, for files.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State => [.. Parameters.Select(p => KeyValuePair.Create(p.name, (Tensor)p.parameter)),
        .. transforms.SelectMany(pair => (KeyValuePair<string, Tensor>[])[new($"{pair.Key.Item1}x{pair.Key.Item2}.mean", pair.Value.Norm.Mean),
            new($"{pair.Key.Item1}x{pair.Key.Item2}.squares", pair.Value.Norm.Squares),
            new($"{pair.Key.Item1}x{pair.Key.Item2}.count", tensor(pair.Value.Count))])];

    /// <summary>The change of every matrix that an edit asks for: −length · Σ δ̃ ũᵀ over the tokens. Carries gradients to the network.</summary>
    /// <param name="input">Prompts and targets.</param>
    /// <param name="labels"><c>[batch, length]</c>.</param>
    /// <param name="observe">Whether the norms take the pairs in, as in training.</param>
    /// <returns>One change a matrix, in the order of <see cref="Matrices"/>.</returns>
    public List<Tensor> Changes(ModelInput input, Tensor labels, bool observe)
    {
        using var scope = NewDisposeScope();
        var factors = Factors(input, labels);
        return [.. matrices.Select((matrix, i) =>
        {
            var transform = transforms[(matrix.Weight.shape[0], matrix.Weight.shape[1])];
            var (u, delta) = factors[i];
            if (observe) transform.Observe(u, delta);
            var (newU, newDelta) = transform.Forward(u, delta, matrix.Mode);
            return (-lengths[i] * newDelta.t().matmul(newU)).MoveToOuterDisposeScope();              // [outputs, inputs]
        })];
    }

    /// <summary>Trains the network: after each example's edit the loss of <see cref="MetaLoss"/> is read with the changed weights, and its gradient with
    /// respect to them is
    /// carried on to the network. (The factors do not depend on the network, so this is the whole gradient.)</summary>
    /// <param name="examples">At least one.</param>
    /// <param name="progress">One report a step; its text holds the loss.</param>
    /// <param name="cancellationToken">Checked at every step; weights of the model are as before whenever it leaves.</param>
    /// <returns>The loss of every step.</returns>
    public IReadOnlyList<double> Train(IReadOnlyList<MetaExample> examples, IProgress<ProgressUpdate>? progress = null,
        CancellationToken cancellationToken = default)
    {
        if (examples.Count == 0) throw new ArgumentException("MEND is trained on at least one example.", nameof(examples));
        using var adam = new AdamW(Parameters.Except(StepLengths), new() { WeightDecay = 0 });
        using var lengthAdam = new AdamW(StepLengths, new() { WeightDecay = 0 });
        var losses = new List<double>();
        for (var step = 0; step < config.MaxIters; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            losses.Add(Learn(examples[Seeds.Random(config.Seed, step).Next(examples.Count)]));
            nn.utils.clip_grad_norm_(Parameters.Select(p => p.parameter).ToArray(), config.GradClip);
            adam.Step(config.Lr);
            lengthAdam.Step(config.LrLr);
            foreach (var (_, parameter) in Parameters) parameter.grad?.zero_();
            progress?.Report(new("mend", step + 1, config.MaxIters, $"loss {losses[^1]:f3}"));
        }
        return losses;
    }

    /// <summary>Writes the trained network to a safetensors file.</summary>
    public void Save(string file) => SafeTensors.Write(file, State);

    /// <summary>Reads a trained network.</summary>
    /// <exception cref="InvalidDataException">It belongs to a model of another shape or to other settings; nothing was changed.</exception>
    public void Load(string file)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var saved = SafeTensors.ReadAll(file);
        foreach (var (name, tensor) in State)
            if (!saved.TryGetValue(name, out var found) || !found.shape.SequenceEqual(tensor.shape))
                throw new InvalidDataException($"{file}: '{name}' is missing or not [{string.Join(", ", tensor.shape)}]; "
                    + "the network was trained for a model of another shape or with other settings.");
        foreach (var (name, parameter) in Parameters) parameter.copy_(saved[name]);
        foreach (var (shape, transform) in transforms)
            transform.SetNorm(saved[$"{shape.Item1}x{shape.Item2}.mean"], saved[$"{shape.Item1}x{shape.Item2}.squares"],
                saved[$"{shape.Item1}x{shape.Item2}.count"].item<long>());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var transform in transforms.Values) transform.Dispose();
        foreach (var length in lengths) length.Dispose();
    }

    private double Learn(MetaExample example)
    {
        var before = MetaLoss.Before(Model, example);
        var (input, labels) = TargetBatch.Of(Model, [example.Edit], config.TargetForm);
        var changes = Changes(input, labels, observe: true);
        var untouched = matrices.Select(matrix => matrix.Weight.detach().clone()).ToList();
        double value;
        List<Tensor> gradients;
        try
        {
            Set((weight, i) => weight.add_(changes[i].detach(), Scalars.One));
            var loss = MetaLoss.Of(Model, example, before, config.Cedit, config.Cloc, config.TargetForm);
            value = loss.item<float>();
            Model.Model.zero_grad();
            loss.backward();
            gradients = [.. matrices.Select(matrix => matrix.Weight.grad!.clone())];
        }
        finally
        {
            Set((weight, i) => weight.copy_(untouched[i]));
            Model.Model.zero_grad();
        }
        changes.Zip(gradients, (change, gradient) => (change * gradient).sum()).Aggregate(Scalars.Plus).backward();
        return value;
    }

    private void Set(Action<Tensor, int> change)
    {
        using var none = no_grad();
        for (var i = 0; i < matrices.Count; i++) change(matrices[i].Weight, i);
    }

    /// <summary>Inputs and output gradients of every matrix, of the tokens where both are not zero: <c>[tokens, inputs]</c> and <c>[tokens,
    /// outputs]</c>.</summary>
    private List<(Tensor U, Tensor Delta)> Factors(ModelInput input, Tensor labels)
    {
        var (inputs, outputs) = (new Dictionary<string, Tensor>(), new Dictionary<string, Tensor>());
        void Keep(string point, Tensor value)
        {
            if (matrices.Any(matrix => matrix.Input == point)) inputs[point] = value.detach().clone().DetachFromDisposeScope();
            if (!matrices.Any(matrix => matrix.Output == point)) return;
            value.retain_grad();
            outputs[point] = value.DetachFromDisposeScope();
        }
        Model.Model.zero_grad();
        try
        {
            CausalLoss.Of(Model.Model, input, labels, Keep).Loss.backward();
            return [.. matrices.Select(matrix =>
            {
                using var scope = NewDisposeScope();
                var (u, delta) = (inputs[matrix.Input].flatten(0, 1), outputs[matrix.Output].grad!.flatten(0, 1));
                var told = u.ne(Scalars.Keep(0)).any(1).logical_and(delta.ne(Scalars.Keep(0)).any(1)).nonzero().squeeze(1);
                return (u.index_select(0, told).MoveToOuterDisposeScope(), delta.index_select(0, told).detach().MoveToOuterDisposeScope());
            })];
        }
        finally
        {
            foreach (var value in inputs.Values.Concat(outputs.Values)) value.Dispose();
            Model.Model.zero_grad();
        }
    }
}
