using Crane.Core.Model;
using Crane.Core.Training;
using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Crane.Core.Editing;

/// <summary>Settings of <see cref="Serac"/>, with EasyEdit's names and defaults for Qwen-VL.</summary>
public sealed record SeracConfig
{
    /// <summary>Adam's learning rate of the counterfactual model and the classifier.</summary>
    public double Lr { get; init; } = 1e-5;

    /// <summary>Steps of training; one example each.</summary>
    public int MaxIters { get; init; } = 50000;

    /// <summary>Size of the classifier's space.</summary>
    public int ScopeDim { get; init; } = 128;

    /// <summary>A question belongs to an edit from this chance on.</summary>
    public double Threshold { get; init; } = 0.5;

    /// <summary>Fixes first weights and the order of examples.</summary>
    public int Seed { get; init; }

    /// <summary>What the counterfactual model learns to write.</summary>
    public TargetForm TargetForm { get; init; }

    /// <summary>For the nano model.</summary>
    public static SeracConfig Nano { get; } = new() { Lr = 5e-4, MaxIters = 300, ScopeDim = 32, Threshold = 0.3 };
}

/// <summary>Tells whether a question lies in the scope of an edit: p = σ(bias − scale · ‖A f(question) − A f(edit)‖²), where f is what the untouched model has
/// made of the
/// prompt at its last token. (EasyEdit embeds the words with DistilBERT, which sees no picture.)</summary>
public sealed class ScopeClassifier : nn.Module
{
    private readonly VisionLanguageModel model;
    private readonly Parameter projection, scale, bias;

    /// <summary>A fresh classifier over a model's hidden states.</summary>
    public ScopeClassifier(VisionLanguageModel model, int size, int seed) : base(nameof(ScopeClassifier))
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed, CPU);
        var hidden = model.Model.Config.Text.HiddenSize;
        this.model = model;
        projection = new((randn([size, hidden], generator: generator) / Scalars.Keep(Math.Sqrt(hidden))).to(model.Model.Device));
        (scale, bias) = (new(tensor(1f, device: model.Model.Device)), new(tensor(1f, device: model.Model.Device)));
        RegisterComponents();
        foreach (var parameter in parameters()) parameter.DetachFromDisposeScope();
    }

    /// <summary>Writes the trained classifier to a safetensors file.</summary>
    public void Save(string file) => SafeTensors.Write(file, named_parameters().Select(p => KeyValuePair.Create(p.name, (Tensor)p.parameter)));

    /// <summary>Reads a trained classifier.</summary>
    /// <exception cref="InvalidDataException">It was trained over a model of another shape or with another size; nothing was changed.</exception>
    public void Load(string file)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var saved = SafeTensors.ReadAll(file);
        foreach (var (name, parameter) in named_parameters())
            if (!saved.TryGetValue(name, out var found) || !found.shape.SequenceEqual(parameter.shape))
                throw new InvalidDataException($"{file}: '{name}' is missing or not [{string.Join(", ", parameter.shape)}]; "
                    + "the classifier belongs to a model of another shape or another scope_dim.");
        foreach (var (name, parameter) in named_parameters()) parameter.copy_(saved[name]);
    }

    /// <summary>f, <c>[hidden]</c> float32.</summary>
    public Tensor Embed(Question question)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        return model.Model.Hidden(model.Prompts.Batch([question]).To(model.Model.Device)).Hidden[0, -1].to(float32).MoveToOuterDisposeScope();
    }

    /// <summary>Log-odds that a question belongs to an edit, a scalar.</summary>
    public Tensor Forward(Tensor question, Tensor edit)
    {
        using var scope = NewDisposeScope();
        return (bias - scale.abs() * (projection.mv(question) - projection.mv(edit)).pow(Scalars.Keep(2)).sum()).MoveToOuterDisposeScope();
    }
}

/// <summary>SERAC (arXiv 2206.06520): edits are kept as text; a question in the scope of one is answered by a small second model that has read the edit, every
/// other question by the
/// untouched model.</summary>
/// <remarks>The counterfactual model is any checkpoint of the kit that the caller loads, for example a second copy of a small one; it stays the caller's and
/// is changed by
/// <see cref="Train"/> alone. Edits enter its prompt as words: <c>{question} {target}\n{asked question}</c>.</remarks>
public sealed class Serac : Editor
{
    private readonly SeracConfig config;
    private readonly VisionLanguageModel model, counterfactual;
    private readonly Dictionary<string, Tensor> keys = [];

    /// <summary>An editor with a fresh classifier.</summary>
    /// <param name="model">The model, which is never changed.</param>
    /// <param name="counterfactual">The second model; not the same object.</param>
    /// <param name="config">null: <see cref="SeracConfig.Nano"/>.</param>
    public Serac(VisionLanguageModel model, VisionLanguageModel counterfactual, SeracConfig? config = null) : base("SERAC", model, config ?? SeracConfig.Nano)
    {
        if (ReferenceEquals(model, counterfactual))
            throw new ArgumentException("The counterfactual model must be a second one; load the checkpoint again.", nameof(counterfactual));
        (this.model, this.counterfactual, this.config) = (model, counterfactual, config ?? SeracConfig.Nano);
        Classifier = new ScopeClassifier(model, this.config.ScopeDim, this.config.Seed);
    }

    /// <summary>The scope classifier.</summary>
    public ScopeClassifier Classifier { get; }

    /// <inheritdoc/>
    protected override TargetForm Form => config.TargetForm;

    /// <summary>The edit to which a question most likely belongs, and the chance of that in [0, 1]; null where none is in force.</summary>
    public (Edit Edit, double Chance)? Scope(Question question)
    {
        if (InForce.Count == 0) return null;
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var asked = Classifier.Embed(question);
        return InForce.Select(edit => (edit, (double)Classifier.Forward(asked, keys[edit.Id]).sigmoid().item<float>())).MaxBy(pair => pair.Item2);
    }

    /// <inheritdoc/>
    public override Question Prompt(Question question) => InScope(question) is { } edit ? Conditioned(edit, question) : question;

    /// <summary>The counterfactual model for a question in the scope of an edit, <paramref name="untouched"/> for any other.</summary>
    public override VisionLanguageModel Route(VisionLanguageModel untouched, Question question) => InScope(question) is null ? untouched : counterfactual;

    /// <summary>Trains both parts: the counterfactual model on −log p(target | edit, question) for questions in scope, the classifier on telling these from
    /// unrelated ones.</summary>
    /// <param name="examples">At least one.</param>
    /// <param name="progress">One report a step; its text holds the losses.</param>
    /// <param name="cancellationToken">Checked at every step.</param>
    /// <returns>The loss of each part at every step.</returns>
    public IReadOnlyList<(double Counterfactual, double Scope)> Train(IReadOnlyList<MetaExample> examples, IProgress<ProgressUpdate>? progress = null,
        CancellationToken cancellationToken = default)
    {
        if (examples.Count == 0) throw new ArgumentException("SERAC is trained on at least one example.", nameof(examples));
        var learnt = counterfactual.Model.named_parameters().Concat(Classifier.named_parameters().Select(p => ("scope." + p.name, p.parameter)));
        using var adam = new AdamW(learnt, new() { WeightDecay = 0 });
        var losses = new List<(double, double)>();
        for (var step = 0; step < config.MaxIters; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            counterfactual.Model.zero_grad();
            Classifier.zero_grad();
            var example = examples[Seeds.Random(config.Seed, step).Next(examples.Count)];
            var (answer, scopeLoss) = (AnswerLoss(example), ScopeLoss(example));
            losses.Add((answer.item<float>(), scopeLoss.item<float>()));
            answer.Plus(scopeLoss).backward();
            adam.Step(config.Lr);
            progress?.Report(new("serac", step + 1, config.MaxIters, $"answer {losses[^1].Item1:f3}, scope {losses[^1].Item2:f3}"));
        }
        counterfactual.Model.zero_grad();
        Classifier.zero_grad();
        return losses;
    }

    /// <inheritdoc/>
    protected override void Insert(IReadOnlyList<Edit> edits, CancellationToken cancellationToken)
    {
        foreach (var edit in edits)
        {
            cancellationToken.ThrowIfCancellationRequested();
            keys[edit.Id] = Classifier.Embed(edit.Question).DetachFromDisposeScope();
        }
    }

    /// <inheritdoc/>
    protected override Dictionary<string, Tensor> Capture() => Copies(keys);

    /// <inheritdoc/>
    protected override void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        if (state.Values.FirstOrDefault(key => key.numel() != model.Model.Config.Text.HiddenSize) is { } wrong)
            throw new InvalidDataException($"A key has {wrong.numel()} numbers, this model's hidden states have {model.Model.Config.Text.HiddenSize}.");
        Clear();
        foreach (var (id, key) in state) keys[id] = key.clone().DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Free()
    {
        Clear();
        Classifier.Dispose();
    }

    private static Question Conditioned(Edit edit, Question question) => question with { Text = $"{edit.Question.Text} {edit.Target}\n{question.Text}" };

    private Edit? InScope(Question question) => Scope(question) is { } found && found.Chance >= config.Threshold ? found.Edit : null;

    private Tensor AnswerLoss(MetaExample example)
    {
        var target = Targets.Of(counterfactual, example.Edit, config.TargetForm);
        var (input, labels) = TargetBatch.Of(counterfactual,
            [.. example.Rephrases.Prepend(example.Edit.Question).Select(question => (Conditioned(example.Edit, question), target))]);
        return CausalLoss.Of(counterfactual.Model, input, labels).Loss;
    }

    private Tensor ScopeLoss(MetaExample example)
    {
        var edit = Classifier.Embed(example.Edit.Question);
        var inside = example.Rephrases.Prepend(example.Edit.Question).Select(question => -F.logsigmoid(Classifier.Forward(Classifier.Embed(question), edit)));
        var outside = example.Locality.Select(other => -F.logsigmoid(-Classifier.Forward(Classifier.Embed(other.Question), edit)));
        return stack(inside.Concat(outside)).mean();
    }

    private void Clear()
    {
        foreach (var key in keys.Values) key.Dispose();
        keys.Clear();
    }
}
