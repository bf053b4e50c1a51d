using System.Runtime.CompilerServices;
using Crane.Core.Model;
using Crane.Core.Training;
using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Crane.Core.Editing;

/// <summary>Settings of <see cref="Wise"/>, with EasyEdit's names and defaults for qwen3vl.</summary>
public sealed record WiseConfig
{
    /// <summary>The layer whose down-projection has a side memory; negative: counted from the last. EasyEdit: inner_params.</summary>
    public int Layer { get; init; } = 30;

    /// <summary>Share of the side memory's entries that one shard may change.</summary>
    public double MaskRatio { get; init; } = 0.2;

    /// <summary>Learning rate of plain gradient descent.</summary>
    public double EditLr { get; init; } = 1;

    /// <summary>Steps an edit.</summary>
    public int NIter { get; init; } = 10;

    /// <summary>Activations of unrelated prompts stay below this.</summary>
    public double Alpha { get; init; } = 5;

    /// <summary>Activations of edited prompts rise above this.</summary>
    public double Beta { get; init; } = 20;

    /// <summary>And above those of unrelated ones by this.</summary>
    public double Gamma { get; init; } = 10;

    /// <summary>A prompt goes to the side memory from this share of the least activation of its edits on. EasyEdit: act_ratio.</summary>
    public double ActRatio { get; init; } = 0.4;

    /// <summary>Edits after which a shard is closed and the next begins.</summary>
    public int SaveFreq { get; init; } = 500;

    /// <summary>Edits after which the shards are merged.</summary>
    public int MergeFreq { get; init; } = 1000;

    /// <summary>Share of each shard's differences that survives the merge.</summary>
    public double Densities { get; init; } = 0.53;

    /// <summary>No entry moves further than this from the original; null: no limit.</summary>
    public double? NormConstraint { get; init; } = 1;

    /// <summary>Unrelated prompts that are set against each edit while it is learnt. EasyEdit: 1.</summary>
    public int UnrelatedPerEdit { get; init; } = 1;

    /// <summary>Fixes masks and the choice of unrelated prompts.</summary>
    public int Seed { get; init; }

    /// <summary>What is learnt.</summary>
    public TargetForm TargetForm { get; init; }

    /// <summary>For qwen2vl-7b.</summary>
    public static WiseConfig Qwen2Vl { get; } = new() { Layer = 23 };

    /// <summary>For the nano model.</summary>
    public static WiseConfig Nano { get; } = new() { Layer = 2, EditLr = 0.2, MaskRatio = 1, NIter = 100, ActRatio = 0.7, UnrelatedPerEdit = 12 };
}

/// <summary>A side memory: a copy of the down-projection that edits have changed.</summary>
/// <param name="Weight"><c>[hidden, intermediate]</c>.</param>
/// <param name="Edits">Ids of the edits that it holds.</param>
/// <param name="MinActivation">Least activation of their prompts.</param>
/// <param name="Merged">Whether it is the result of a merge.</param>
public sealed record SideMemory(Tensor Weight, IReadOnlyList<string> Edits, double MinActivation, bool Merged);

/// <summary>WISE (arXiv 2405.14768): edits are learnt in side memories beside one down-projection, each in a random part of the matrix (shards, merged by
/// TIES); a prompt
/// whose activation ‖(W′ − W) k‖ reaches the margin is answered from the side memory, every other prompt from the untouched one.</summary>
/// <remarks>The activation is the mean over the tokens of the prompt and is taken once a row; cached steps follow the prompt's route. (The published code
/// takes it anew for
/// every pass, after the activation function, target tokens included.)</remarks>
/// <param name="model">The model.</param>
/// <param name="unrelated">Prompts that must not be routed; EasyEdit's loc_prompt.</param>
/// <param name="config">null: <see cref="WiseConfig.Nano"/>.</param>
public sealed class Wise(VisionLanguageModel model, IReadOnlyList<Question> unrelated, WiseConfig? config = null)
    : Editor("WISE", model, config ?? WiseConfig.Nano)
{
    private readonly WiseConfig config = config ?? WiseConfig.Nano;
    private readonly VisionLanguageModel model = model;
    private readonly int layer = WeightEditor.Layer(model, (config ?? WiseConfig.Nano).Layer);
    private readonly ConditionalWeakTable<KvCache, int[]> routes = [];
    private List<SideMemory> memories = [];
    private IDisposable? hook;

    /// <summary>The side memories, the merged one first.</summary>
    public IReadOnlyList<SideMemory> Memories => memories;

    /// <summary>Loss before each step of the last application: target plus margins.</summary>
    public IReadOnlyList<double> Losses { get; private set; } = [];

    /// <inheritdoc/>
    protected override TargetForm Form => config.TargetForm;

    private Tensor Main => model.Model.Decoder.Layers[layer].Mlp.DownWeight;

    /// <summary>Hinge losses on activations: unrelated ones under α, edited ones over β, and γ between them (WISE, eq. 6). Each term is the mean over the rows
    /// that violate it.</summary>
    /// <param name="inScope">Activations of edited prompts, <c>[edits]</c>.</param>
    /// <param name="outScope">Activations of unrelated prompts, <c>[prompts]</c>.</param>
    /// <param name="config">Gives α, β, γ.</param>
    public static Tensor MarginLoss(Tensor inScope, Tensor outScope, WiseConfig config)
    {
        static Tensor Hinge(Tensor x) => F.relu(x).sum() / x.gt(Scalars.Keep(0)).sum().clamp_min(Scalars.Keep(1));
        return Hinge((outScope.view(-1, 1) - inScope).Plus(Scalars.Keep(config.Gamma))).Plus(Hinge(outScope - Scalars.Keep(config.Alpha)))
            .Plus(Hinge((inScope - Scalars.Keep(config.Beta)).neg()));
    }

    /// <summary>Activation of each side memory for a question.</summary>
    public IReadOnlyList<double> Activations(Question question)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var (keys, prompts) = Keys(model.Prompts.Batch([question]).To(model.Model.Device));
        return [.. memories.Select(memory => (double)Activation(keys, prompts, memory.Weight)[0].item<float>())];
    }

    /// <inheritdoc/>
    protected override void Insert(IReadOnlyList<Edit> edits, CancellationToken cancellationToken)
    {
        if (unrelated.Count == 0) throw new ArgumentException("WISE needs unrelated prompts to learn its margins from.");
        var known = InForce.Concat(edits).DistinctBy(edit => edit.Id).ToDictionary(edit => edit.Id);
        var open = memories.FindIndex(memory => !memory.Merged && memory.Edits.Count < config.SaveFreq);
        if (open < 0)
        {
            memories.Add(new(Main.detach().clone().DetachFromDisposeScope(), [], double.PositiveInfinity, false));
            open = memories.Count - 1;
        }
        Train(open, edits, known, cancellationToken);
        if (memories.Where(memory => !memory.Merged).Sum(memory => memory.Edits.Count) >= config.MergeFreq) Merge(known);
        Attach();
    }

    /// <inheritdoc/>
    protected override Dictionary<string, Tensor> Capture() => Copies(memories.SelectMany((memory, i) => (KeyValuePair<string, Tensor>[])
        [new($"{i}.weight", memory.Weight), new($"{i}.min_act", tensor(memory.MinActivation)), new($"{i}.merged", tensor(memory.Merged ? 1L : 0)),
        new($"{i}.edits", tensor(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', memory.Edits)), dtype: ScalarType.Byte))]));

    /// <inheritdoc/>
    protected override void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        Clear();
        for (var i = 0; i < state.Count / 4; i++)
        {
            var weight = state[$"{i}.weight"];
            if (!weight.shape.SequenceEqual(Main.shape))
                throw new InvalidDataException($"Side memory {i} is [{string.Join(", ", weight.shape)}], the down-projection of layer {layer} is "
                    + $"[{string.Join(", ", Main.shape)}]; it belongs to a model of another shape.");
            memories.Add(new(weight.clone().to(Main.device).DetachFromDisposeScope(),
                System.Text.Encoding.UTF8.GetString(state[$"{i}.edits"].data<byte>().ToArray()).Split('\n'),
                state[$"{i}.min_act"].item<double>(), state[$"{i}.merged"].item<long>() == 1));
        }
        Attach();
    }

    /// <inheritdoc/>
    protected override void Free() => Clear();

    private void Train(int index, IReadOnlyList<Edit> edits, Dictionary<string, Edit> known, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var frozen = new FrozenWeights(model.Model);
        var memory = memories[index];
        var side = new Parameter(memory.Weight.clone());
        var number = memories.Take(index).Count(m => !m.Merged);
        using var generator = new Generator((ulong)Seeds.Mix(config.Seed, number), torch.CPU);
        // the shard's part of the matrix
        var mask = rand(side.shape, generator: generator).lt(Scalars.Keep(config.MaskRatio)).to(side.dtype, side.device);
        var (input, labels) = TargetBatch.Of(model, edits, config.TargetForm);
        var random = Seeds.Random(config.Seed, number, memory.Edits.Count);
        var others = model.Prompts.Batch([.. Enumerable.Range(0, edits.Count * config.UnrelatedPerEdit)
            .Select(_ => unrelated[random.Next(unrelated.Count)])]).To(model.Model.Device);
        var (otherKeys, otherPrompts) = Keys(others);
        var (keys, prompts) = Keys(input);
        var pass = new UpperPass(model.Model, input, layer, fromKeys: true);
        var losses = new List<double>();
        for (var step = 0; step <= config.NIter; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var stepScope = NewDisposeScope();
            side.grad?.zero_();
            var loss = Within(side, () => CausalLoss.Of(pass, labels).Loss)
                .Plus(MarginLoss(Activation(keys, prompts, side), Activation(otherKeys, otherPrompts, side), config));
            losses.Add(loss.item<float>());
            if (step == config.NIter) break;
            loss.backward();
            using var none = no_grad();
            side.sub_(side.grad! * mask * Scalars.Keep(config.EditLr));
            if (config.NormConstraint is { } limit) side.copy_(side.minimum(Main.Plus(Scalars.Keep(limit))).maximum(Main - Scalars.Keep(limit)));
        }
        var least = Math.Min(memory.MinActivation, Activation(keys, prompts, side).min().item<float>());
        memory.Weight.Dispose();
        memories[index] = memory with { Weight = side.detach().clone().DetachFromDisposeScope(), Edits = [.. memory.Edits, .. edits.Select(edit => edit.Id)],
            MinActivation = least };
        // The activations of earlier edits have moved.
        if (memory.Edits.Count > 0) memories[index] = memories[index] with { MinActivation = Least(memories[index], known) };
        Losses = losses;
    }

    private void Merge(Dictionary<string, Edit> known)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var shards = memories.Count(memory => !memory.Merged);
        var weights = memories.Select(memory => memory.Merged ? 0.6 : (memories.Count > shards ? 0.4 : 1) / shards).ToList();   // EasyEdit's weights
        var merged = new SideMemory(TiesMerge.Of(Main, [.. memories.Select(memory => memory.Weight)], weights, config.Densities).DetachFromDisposeScope(),
            [.. memories.SelectMany(memory => memory.Edits)], 0, true);
        foreach (var memory in memories) memory.Weight.Dispose();
        memories = [merged with { MinActivation = Least(merged, known) }];
    }

    private double Least(SideMemory memory, Dictionary<string, Edit> known)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        return memory.Edits.Min(id =>
        {
            var (keys, prompts) = Keys(model.Prompts.Batch([known[id].Question]).To(model.Model.Device));
            return (double)Activation(keys, prompts, memory.Weight).item<float>();
        });
    }

    private void Attach()
    {
        if (memories.Count > 0) hook ??= model.Model.Decoder.Layers[layer].Mlp.Intervene(Route);
    }

    /// <summary>The pass with every token answered from a side memory.</summary>
    private Tensor Within(Tensor side, Func<Tensor> pass)
    {
        hook?.Dispose();
        hook = null;
        using var training = model.Model.Decoder.Layers[layer].Mlp.Intervene((keys, _, _) => F.linear(keys, side));
        return pass();
    }

    private Tensor Route(Tensor keys, Tensor values, AttentionContext context)
    {
        using var scope = NewDisposeScope();
        var chosen = context.Input is { } input ? Choose(keys, input) : context.Cache is { } cache ? Followed(cache) : [];
        if (context.Input is not null && context.Cache is { } filled) routes.AddOrUpdate(filled, chosen);
        foreach (var memory in chosen.Where(memory => memory >= 0).Distinct())
        {
            var here = tensor([.. chosen.Select(choice => choice == memory)], [chosen.Length, 1, 1], device: values.device);
            values = where(here, F.linear(keys, memories[memory].Weight), values);
        }
        return values.MoveToOuterDisposeScope();
    }

    /// <summary>The routes that the rows of a cache took when their prompts were read; rows change places while beams go on and finished ones leave.</summary>
    private int[] Followed(KvCache cache) => routes.TryGetValue(cache, out var prompts) ? [.. cache.Origins.Select(row => prompts[row])] : [];

    /// <summary>The side memory of each row: that with the highest activation, if one reaches its margin; else −1.</summary>
    private int[] Choose(Tensor keys, ModelInput input)
    {
        using var none = no_grad();
        var prompts = PromptMask(input);
        var activations = memories.Select(memory => Activation(keys.detach(), prompts, memory.Weight).to(float32).cpu().data<float>().ToArray()).ToList();
        return [.. Enumerable.Range(0, (int)keys.shape[0]).Select(row =>
        {
            var best = Enumerable.Range(0, memories.Count).MaxBy(m => activations[m][row]);
            return activations[best][row] >= memories[best].MinActivation * config.ActRatio ? best : -1;
        })];
    }

    /// <summary>Mean over a prompt's tokens of ‖(W′ − W) k‖, <c>[batch]</c> (WISE, eq. 5).</summary>
    private Tensor Activation(Tensor keys, Tensor prompts, Tensor side) =>
        (F.linear(keys, side - Main.detach()).pow(Scalars.Keep(2)).sum(-1).Plus(Scalars.Keep(1e-12)).sqrt() * prompts).sum(1) / prompts.sum(1);

    private (Tensor Keys, Tensor Prompts) Keys(ModelInput input)
    {
        using var none = no_grad();
        using var recorder = new Recorder(point => point == $"layer.{layer}.mlp.keys");
        model.Model.Hidden(input, watch: recorder.Watch);
        return (recorder[$"layer.{layer}.mlp.keys"].clone(), PromptMask(input));
    }

    /// <summary>1 at tokens of the prompt, 0 at padding and at what follows the assistant's opening, <c>[batch, length]</c>; all tokens of a row without an
    /// opening.</summary>
    private Tensor PromptMask(ModelInput input)
    {
        var ends = model.Prompts.AnswerStarts(input).Select(end => end < 0 ? input.InputIds.shape[1] - 1 : end).ToArray();
        var before = Scalars.Range(input.InputIds.shape[1]).unsqueeze(0).le(tensor(ends).unsqueeze(1)).to(model.Model.Device);
        return (input.AttentionMask is null ? before : before.logical_and(input.AttentionMask.ne(Scalars.Keep(0)))).to(model.Model.Type);
    }

    private void Clear()
    {
        hook?.Dispose();
        hook = null;
        foreach (var memory in memories) memory.Weight.Dispose();
        memories = [];
    }
}
