using Crane.Core.Memory.Learning;
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
    public int Steps { get; init; } = 4000;

    /// <summary>Different things in a batch, at least 2; each comes with two views.</summary>
    public int Things { get; init; } = 64;

    /// <summary>Divides cosines, above 0.</summary>
    public double Temperature { get; init; } = 0.07;

    /// <summary>AdamW's highest learning rate; it rises over 50 steps and falls to 0 along a cosine.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>AdamW's weight decay.</summary>
    public double WeightDecay { get; init; } = 0.05;
}

/// <summary>A small convolution net from the pixels to the key of a picture: four layers with group norms and GELU, three of them of stride 2, and a linear
/// map. Learnt with
/// the contrastive loss of <see cref="ProjectionHead"/>, so that drawings of one thing lie near each other and others apart.</summary>
public sealed class PictureNet : Encoder<Picture>
{
    private const int Width = 64, Height = 48, Colours = 3, Size = 128, WarmUp = 50, Cells = 48;
    private static readonly int[] Channels = [32, 64, 128, 128];

    private readonly Sequential net;

    private PictureNet()
    {
        NativeTorch.Ensure();
        using var scope = NewDisposeScope();
        net = nn.Sequential(
            ("one", nn.Conv2d(Colours, Channels[0], 5, stride: 2, padding: 2)), ("norm1", nn.GroupNorm(8, Channels[0])), ("gelu1", nn.GELU()),
            ("two", nn.Conv2d(Channels[0], Channels[1], 3, stride: 2, padding: 1)), ("norm2", nn.GroupNorm(8, Channels[1])), ("gelu2", nn.GELU()),
            ("three", nn.Conv2d(Channels[1], Channels[2], 3, stride: 2, padding: 1)), ("norm3", nn.GroupNorm(8, Channels[2])), ("gelu3", nn.GELU()),
            ("four", nn.Conv2d(Channels[2], Channels[3], 3, padding: 1)), ("norm4", nn.GroupNorm(8, Channels[3])), ("gelu4", nn.GELU()),
            ("narrow", nn.Conv2d(Channels[3], Cells, 1)), ("gelu5", nn.GELU()),
            ("flat", nn.Flatten()), ("head", nn.Linear(Cells * (Width / 8) * (Height / 8), Size)));
        foreach (var parameter in net.parameters()) parameter.DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public override string Name => "picture net";

    /// <summary>Length of its vectors.</summary>
    public static int Dimension => Size;

    /// <summary>Learns a net; the same arguments give the same numbers.</summary>
    /// <param name="families">What is told apart.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="seed">Fixes weights, batches and variations.</param>
    /// <param name="progress">One report a step, with the loss.</param>
    /// <param name="cancellationToken">Checked at each step.</param>
    public static PictureNet Train(PictureFamilies families, PictureNetOptions? options = null, int seed = 0, IProgress<ProgressUpdate>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new();
        var trained = new PictureNet();
        trained.Initialise(seed);
        using var all = NewDisposeScope();
        var levels = families.Pictures.SelectMany(picture => PillowResize.Bicubic(PictureCrops.Trim(picture), Width, Height).Rgb).ToArray();
        var pictures = tensor(levels).view(-1, Height, Width, Colours).permute(0, 3, 1, 2).contiguous();   // bytes [pictures, 3, height, width]
        using var optimizer = optim.AdamW(trained.net.parameters(), options.LearningRate, weight_decay: options.WeightDecay);
        for (var step = 0; step < options.Steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            foreach (var group in optimizer.ParamGroups)
                group.LearningRate = options.LearningRate * Math.Min(1, (step + 1.0) / WarmUp) * 0.5 * (1 + Math.Cos(Math.PI * step / options.Steps));
            var (rows, labels) = families.Batch(options.Things, Seeds.Random(seed, step));
            var x = PictureVariation.Vary((pictures[tensor(rows)].to(float32) - Scalars.Keep(128.0)) / Scalars.Keep(64.0), Seeds.Mix(seed, step));
            optimizer.zero_grad();
            var loss = ProjectionHead.Contrastive(F.normalize(trained.net.call(x), dim: -1), tensor(labels), options.Temperature);
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
        foreach (var (name, parameter) in net.named_parameters())
        {
            using var scope = NewDisposeScope();
            if (parameter.dim() == 1)
                parameter.fill_(Scalars.Keep(name.StartsWith("norm", StringComparison.Ordinal) && name.EndsWith("weight", StringComparison.Ordinal)
                ? 1.0 : 0.0));
            // variance 1 / inputs
            else parameter.copy_(randn(parameter.shape, generator: generator) * Scalars.Keep(Math.Sqrt(1.0 / (parameter.numel() / parameter.shape[0]))));
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => net.Dispose();
}
