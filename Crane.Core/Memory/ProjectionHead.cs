using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Crane.Core.Memory;

/// <summary>How a head is learnt.</summary>
public sealed record ProjectionOptions
{
    /// <summary>Length of the vectors that the head gives.</summary>
    public int Dimension { get; init; } = 128;

    /// <summary>Optimiser steps.</summary>
    public int Steps { get; init; } = 600;

    /// <summary>Different subjects in a batch, at least 2; each comes with two views.</summary>
    public int Subjects { get; init; } = 48;

    /// <summary>Divides cosines, above 0.</summary>
    public double Temperature { get; init; } = 0.1;

    /// <summary>AdamW's first learning rate; it falls to 0 along a cosine.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>Pulls towards features as they are: AdamW's weight decay.</summary>
    public double WeightDecay { get; init; } = 0.05;
}

/// <summary>A linear map of centred features, z = W (x − μ), learnt so that views of one subject lie near each other and others apart.</summary>
public sealed class ProjectionHead
{
    private readonly float[] mean;
    private readonly float[]? weight;   // [dimension, inputs], by rows; null: only centres

    private ProjectionHead(float[] mean, float[]? weight) => (this.mean, this.weight) = (mean, weight);

    /// <summary>Length of the features it takes.</summary>
    public int Inputs => mean.Length;

    /// <summary>Length of the vectors it gives.</summary>
    public int Dimension => weight is null ? mean.Length : weight.Length / mean.Length;

    /// <summary>The head that only subtracts the mean of some features: the one to beat.</summary>
    /// <param name="features">At least one, of one length.</param>
    public static ProjectionHead Centre(IReadOnlyList<float[]> features) => new(MeanOf(features), null);

    /// <summary>z of one input.</summary>
    /// <exception cref="ArgumentException">The features are of another length.</exception>
    public float[] Apply(float[] features)
    {
        if (features.Length != Inputs)
            throw new ArgumentException($"The head takes {Inputs} features, found {features.Length}. Was it learnt for another encoder or picture size?",
            nameof(features));
        float[] centred = [.. features.Zip(mean, (x, m) => x - m)];
        return weight is null ? centred : [.. weight.Chunk(Inputs).Select(row => System.Numerics.Tensors.TensorPrimitives.Dot<float>(row, centred))];
    }

    /// <summary>Learns a head; the same arguments give the same numbers.</summary>
    /// <param name="features">Of every view.</param>
    /// <param name="subjects">What each view shows; every subject needs at least two views, there are at least two.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="seed">Fixes weights and batches.</param>
    /// <param name="progress">One report a step, with the loss.</param>
    /// <param name="cancellationToken">Checked at each step.</param>
    /// <exception cref="ArgumentException">A subject has one view only, or the lists differ in length.</exception>
    public static ProjectionHead Train(IReadOnlyList<float[]> features, IReadOnlyList<int> subjects, ProjectionOptions? options = null, int seed = 0,
        IProgress<ProgressUpdate>? progress = null, CancellationToken cancellationToken = default)
    {
        options ??= new();
        NativeTorch.Ensure();
        var views = Views(features, subjects);
        var mean = MeanOf(features);
        using var all = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        var x = stack(features.Select(f => tensor(f))) - tensor(mean);                                                       // [views, inputs]
        x = x / x.std();
        var start = randn(options.Dimension, mean.Length, generator: generator) / Scalars.Keep(Math.Sqrt(mean.Length));
        var w = new TorchSharp.Modules.Parameter(start);
        using var optimizer = optim.AdamW([w], options.LearningRate, weight_decay: options.WeightDecay);
        for (var step = 0; step < options.Steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var rate = options.LearningRate * 0.5 * (1 + Math.Cos(Math.PI * step / options.Steps));
            foreach (var group in optimizer.ParamGroups) group.LearningRate = rate;
            var (rows, labels) = Batch(views, options.Subjects, Seeds.Random(seed, step));
            optimizer.zero_grad();
            var loss = Contrastive(F.normalize(F.linear(x[tensor(rows)], w), dim: -1), tensor(labels), options.Temperature);
            loss.backward();
            optimizer.step();
            progress?.Report(new("project", step + 1, options.Steps, $"loss {loss.item<float>():f3}"));
        }
        return new(mean, w.detach().contiguous().data<float>().ToArray());
    }

    /// <summary>The supervised contrastive loss: the mean over anchors i of −1/|P(i)| Σ over p in P(i) of ln softmax over j ≠ i of (zᵢ·zⱼ/τ) at p (Khosla et
    /// al., arXiv 2004.11362, eq. 2);
    /// with two views a subject it is NT-Xent of SimCLR.</summary>
    /// <param name="z"><c>[rows, dimension]</c>, L2-normalised.</param>
    /// <param name="labels"><c>[rows]</c>; every label occurs at least twice.</param>
    /// <param name="temperature">τ, above 0.</param>
    public static Tensor Contrastive(Tensor z, Tensor labels, double temperature)
    {
        using var scope = NewDisposeScope();
        var self = eye(z.shape[0], dtype: @bool);
        // [rows, rows]
        var logits = (z.matmul(z.t()) / Scalars.Keep(temperature)).masked_fill(self, Scalars.Keep(double.NegativeInfinity));
        var positive = labels.unsqueeze(0).eq(labels.unsqueeze(1)).logical_and(self.logical_not());
        var logs = F.log_softmax(logits, dim: 1).masked_fill(positive.logical_not(), Scalars.Keep(0));
        return (-logs.sum(1) / positive.sum(1)).mean().MoveToOuterDisposeScope();
    }

    /// <summary>Reads a head that <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing, or shapes do not fit.</exception>
    public static ProjectionHead Load(string path)
    {
        using var scope = NewDisposeScope();
        using var file = SafeTensors.Open(path);
        if (!file.Contains("mean") || file.Entry("mean").Shape is not [var inputs])
            throw new InvalidDataException($"{path}: tensor 'mean' [inputs] is missing or of another shape; it is not a projection head.");
        if (file.Contains("weight") && (file.Entry("weight").Shape is not [_, var columns] || columns != inputs))
            throw new InvalidDataException($"{path}: tensor 'weight' is [{string.Join(", ", file.Entry("weight").Shape)}], expected [dimension, {inputs}].");
        float[] Values(string name) => file.Read(name).to(float32).contiguous().data<float>().ToArray();
        return new(Values("mean"), file.Contains("weight") ? Values("weight") : null);
    }

    /// <summary>Writes the head as safetensors: mean <c>[inputs]</c>, weight <c>[dimension, inputs]</c>.</summary>
    public void Save(string path)
    {
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor> { ["mean"] = tensor(mean) };
        if (weight is not null) tensors["weight"] = tensor(weight).view(-1, Inputs);
        SafeTensors.Write(path, tensors);
    }

    private static long[][] Views(IReadOnlyList<float[]> features, IReadOnlyList<int> subjects)
    {
        if (features.Count != subjects.Count)
            throw new ArgumentException($"{features.Count} views and {subjects.Count} subjects: one subject a view.", nameof(subjects));
        var views = subjects.Select((subject, row) => (subject, row)).GroupBy(p => p.subject).OrderBy(g => g.Key).ToList();
        if (views.Find(g => g.Count() < 2) is { } lonely)
            throw new ArgumentException($"Subject {lonely.Key} has one view only; a contrast needs two.", nameof(subjects));
        if (views.Count < 2) throw new ArgumentException($"A contrast needs at least two subjects, found {views.Count}.", nameof(subjects));
        return [.. views.Select(g => g.Select(p => (long)p.row).ToArray())];
    }

    private static (long[] Rows, long[] Labels) Batch(long[][] views, int subjects, Random random)
    {
        int[] chosen = [.. Enumerable.Range(0, views.Length)];
        random.Shuffle(chosen);
        var (rows, labels) = (new List<long>(), new List<long>());
        foreach (var subject in chosen.Take(Math.Max(2, subjects)))
        {
            var first = random.Next(views[subject].Length);
            var second = (first + 1 + random.Next(views[subject].Length - 1)) % views[subject].Length;
            rows.AddRange([views[subject][first], views[subject][second]]);
            labels.AddRange([subject, subject]);
        }
        return ([.. rows], [.. labels]);
    }

    private static float[] MeanOf(IReadOnlyList<float[]> features)
    {
        if (features.Count == 0 || features.Any(f => f.Length != features[0].Length))
            throw new ArgumentException("Features must be at least one, all of one length.", nameof(features));
        return [.. Enumerable.Range(0, features[0].Length).Select(i => (float)features.Average(f => (double)f[i]))];
    }
}
