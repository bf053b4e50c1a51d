using Crane.Core.Model;
using Crane.Core.Vision;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Crane.Core.Memory;

/// <summary>How a picture net is learnt.</summary>
public sealed record PictureNetOptions
{
    /// <summary>Optimiser steps.</summary>
    public int Steps { get; init; } = 500;

    /// <summary>Different subjects in a batch, at least 2; each comes with two views.</summary>
    public int Subjects { get; init; } = 48;

    /// <summary>Varied copies of each subject's pictures that batches are drawn from.</summary>
    public int Views { get; init; } = 60;

    /// <summary>Divides cosines, above 0.</summary>
    public double Temperature { get; init; } = 0.1;

    /// <summary>AdamW's highest learning rate; it rises over 30 steps and falls to 0 along a cosine.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>AdamW's weight decay.</summary>
    public double WeightDecay { get; init; } = 0.05;
}

/// <summary>A small convolution net from the pixels to the key of a picture: three layers of 3 × 3 with GELU, the last two of stride 2, and a linear map. Learnt with the contrastive
/// loss of <see cref="ProjectionHead"/>, so that drawings of one thing lie near each other and others apart.</summary>
public sealed class PictureNet : Encoder<Picture>
{
    private const int Width = 32, Height = 24, Colours = 3, Size = 128, WarmUp = 30;
    private static readonly int[] Channels = [24, 32, 48];
    private static readonly AugmentationOptions Varied = new() { MinCrop = 0.8, Jitter = 0.15, Noise = 10 };

    private readonly Sequential net;

    private PictureNet()
    {
        NativeTorch.Ensure();
        using var scope = NewDisposeScope();
        net = nn.Sequential(
            ("one", nn.Conv2d(Colours, Channels[0], 3, padding: 1)), ("gelu1", nn.GELU()),
            ("two", nn.Conv2d(Channels[0], Channels[1], 3, stride: 2, padding: 1)), ("gelu2", nn.GELU()),
            ("three", nn.Conv2d(Channels[1], Channels[2], 3, stride: 2, padding: 1)), ("gelu3", nn.GELU()),
            ("flat", nn.Flatten()), ("head", nn.Linear(Channels[2] * (Width / 4) * (Height / 4), Size)));
        foreach (var parameter in net.parameters()) parameter.DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public override string Name => "picture net";

    /// <summary>Length of its vectors.</summary>
    public static int Dimension => Size;

    /// <summary>Learns a net; the same arguments give the same numbers.</summary>
    /// <param name="subjects">All pictures of each thing, at least two things.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="seed">Fixes weights, views and batches.</param>
    /// <param name="progress">One report a step, with the loss.</param>
    /// <param name="cancellationToken">Checked at each step.</param>
    /// <exception cref="ArgumentException">There are fewer than two things, or one has no picture.</exception>
    public static PictureNet Train(IReadOnlyList<IReadOnlyList<Picture>> subjects, PictureNetOptions? options = null, int seed = 0,
        IProgress<ProgressUpdate>? progress = null, CancellationToken cancellationToken = default)
    {
        options ??= new();
        if (subjects.Count < 2) throw new ArgumentException($"A contrast needs at least two things, found {subjects.Count}.", nameof(subjects));
        if (subjects.FirstOrDefault(pictures => pictures.Count == 0) is not null) throw new ArgumentException("A thing has no picture.", nameof(subjects));
        var trained = new PictureNet();
        trained.Initialise(seed);
        using var all = NewDisposeScope();
        var views = stack(subjects.SelectMany((pictures, s) => Enumerable.Range(0, options.Views).Select(v => Pixels(Vary(pictures[v % pictures.Count], Seeds.Random(seed, s, v))))));   // [subjects × views, 3, height, width]
        using var optimizer = optim.AdamW(trained.net.parameters(), options.LearningRate, weight_decay: options.WeightDecay);
        for (var step = 0; step < options.Steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            foreach (var group in optimizer.ParamGroups)
                group.LearningRate = options.LearningRate * Math.Min(1, (step + 1.0) / WarmUp) * 0.5 * (1 + Math.Cos(Math.PI * step / options.Steps));
            var (rows, labels) = Batch(subjects.Count, options, Seeds.Random(seed, step));
            optimizer.zero_grad();
            var loss = ProjectionHead.Contrastive(F.normalize(trained.net.call(views[tensor(rows)]), dim: -1), tensor(labels), options.Temperature);
            loss.backward();
            optimizer.step();
            progress?.Report(new("picture net", step + 1, options.Steps, $"loss {loss.item<float>():f3}"));
        }
        return trained;
    }

    /// <summary>Reads a net that <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing or of another shape.</exception>
    public static PictureNet Load(string path)
    {
        var loaded = new PictureNet();
        using var none = no_grad();
        using var scope = NewDisposeScope();
        using var file = SafeTensors.Open(path);
        foreach (var (name, parameter) in loaded.net.named_parameters())
        {
            if (!file.Contains(name) || !file.Entry(name).Shape.SequenceEqual(parameter.shape))
                throw new InvalidDataException($"{path}: tensor '{name}' [{string.Join(", ", parameter.shape)}] is missing or of another shape; it is not a picture net.");
            parameter.copy_(file.Read(name).to(float32));
        }
        return loaded;
    }

    /// <summary>Writes the net as safetensors.</summary>
    public void Save(string path)
    {
        using var scope = NewDisposeScope();
        SafeTensors.Write(path, net.named_parameters().ToDictionary(p => p.name, p => p.parameter.detach()));
    }

    /// <summary>The mean over nine cuts of a picture (<see cref="PictureCrops"/>) of their normalised vectors.</summary>
    protected override IReadOnlyList<float[]> Encode(IReadOnlyList<Picture> inputs)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var cuts = stack(inputs.SelectMany(PictureCrops.Of).Select(Pixels));                                                 // [inputs × 9, 3, height, width]
        return TokenRows.Vectors(F.normalize(net.call(cuts), dim: -1).view(inputs.Count, -1, Size).mean([1]));               // [inputs, 128]
    }

    /// <summary>What a training picture may have gone through: cut, other colours; a third of them noise, blur or a patch of grey.</summary>
    private static Picture Vary(Picture picture, Random random)
    {
        var varied = Augmentation.Apply(PictureCrops.Trim(picture), picture.Width, picture.Height, random, Varied);
        return random.Next(6) switch
        {
            0 => Augmentation.Noise(PillowResize.Bicubic(varied, 2 * Width, 2 * Height), random, 0.4 * random.NextDouble()),
            1 => Augmentation.Blur(varied, 1 + 3 * random.NextDouble()),
            2 => Augmentation.Occlude(varied, random, 0.15 * random.NextDouble()),
            _ => varied,
        };
    }

    /// <summary>A picture at the size of the net: [3, height, width], about −2..2.</summary>
    private static Tensor Pixels(Picture picture)
    {
        using var scope = NewDisposeScope();
        float[] levels = [.. PillowResize.Bicubic(picture, Width, Height).Rgb.Select(level => (level - 128f) / 64)];
        return tensor(levels, [Height, Width, Colours]).permute(2, 0, 1).contiguous().MoveToOuterDisposeScope();
    }

    private void Initialise(int seed)
    {
        using var none = no_grad();
        using var generator = new Generator((ulong)seed);
        foreach (var (_, parameter) in net.named_parameters())
        {
            using var scope = NewDisposeScope();
            if (parameter.dim() == 1) parameter.zero_();
            else parameter.copy_(randn(parameter.shape, generator: generator) * Scalars.Keep(Math.Sqrt(1.0 / (parameter.numel() / parameter.shape[0]))));   // variance 1 / inputs
        }
    }

    private static (long[] Rows, long[] Labels) Batch(int count, PictureNetOptions options, Random random)
    {
        int[] chosen = [.. Enumerable.Range(0, count)];
        random.Shuffle(chosen);
        var (rows, labels) = (new List<long>(), new List<long>());
        foreach (var subject in chosen.Take(Math.Max(2, options.Subjects)))
        {
            var first = random.Next(options.Views);
            var second = (first + 1 + random.Next(options.Views - 1)) % options.Views;
            rows.AddRange([subject * options.Views + first, subject * options.Views + second]);
            labels.AddRange([subject, subject]);
        }
        return ([.. rows], [.. labels]);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => net.Dispose();
}
