using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Crane.Core.Memory.Learning;

/// <summary>Varies a batch of pictures for training: colours, noise, blur, a patch of grey, another cut.</summary>
internal static class PictureVariation
{
    private const double Gain = 0.15, ChannelGain = 0.1, Offset = 0.3, Grain = 0.12, Noise = 0.45, NoiseLevels = 90.0 / 64, Patch = 0.17;
    private const double LeastWidth = 0.72, LeastHeight = 0.8, Most = 1.04, Degraded = 0.2;
    private static readonly double[] Blurs = [1.5, 2, 2.5, 3];

    /// <summary>A varied copy.</summary>
    /// <param name="x"><c>[rows, 3, height, width]</c>, neutral grey at 0, 64 levels a unit.</param>
    /// <param name="seed">Of all choices.</param>
    public static Tensor Vary(Tensor x, int seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        var rows = x.shape[0];
        Tensor Even(long channels = 1) => rand([rows, channels, 1, 1], generator: generator);
        Tensor Signed(double most, long channels = 1) => (Even(channels) - Scalars.Keep(0.5)) * Scalars.Keep(2 * most);
        x = (x * Signed(Gain).Plus(Scalars.Keep(1)) * Signed(ChannelGain, 3).Plus(Scalars.Keep(1))).Plus(Signed(Offset));
        var kind = Even();
        Tensor Kind(int which) => kind.ge(Scalars.Keep(which * Degraded)).logical_and(kind.lt(Scalars.Keep((which + 1) * Degraded)));
        var strength = Even() * Scalars.Keep(Noise) * Kind(0).to(float32);
        var level = (strength * Scalars.Keep(NoiseLevels)).Plus(Even() * Scalars.Keep(Grain));
        x = (x * (Scalars.Keep(1) - strength)).Plus(level * randn(x.shape, generator: generator));
        x = where(Kind(1), Blurred(x, Blurs[seed % Blurs.Length]), x);
        x = where(Kind(2).logical_and(Patches(x.shape, Even, generator)), zeros_like(x), x);
        return Cut(x.clamp(Scalars.Keep(-2.0), Scalars.Keep(2.0)), generator).MoveToOuterDisposeScope();
    }

    private static Tensor Blurred(Tensor x, double factor) =>
        F.interpolate(F.interpolate(x, size: [(long)(x.shape[2] / factor), (long)(x.shape[3] / factor)], mode: InterpolationMode.Area),
            size: [x.shape[2], x.shape[3]], mode: InterpolationMode.Bilinear, align_corners: false);

    /// <summary>A rectangle of a picture's own aspect at a random place of each row: <c>[rows, 1, height, width]</c>.</summary>
    private static Tensor Patches(long[] shape, Func<long, Tensor> even, Generator generator)
    {
        var side = (even(1) * Scalars.Keep(Patch)).sqrt();                                             // share of each side
        Tensor Within(long length, long[] view)
        {
            var at = (Scalars.Range(length, dtype: float32) / Scalars.Keep((double)length)).view(view);
            var from = even(1) * (Scalars.Keep(1) - side);
            return at.ge(from).logical_and(at.lt(from.Plus(side)));
        }
        return Within(shape[2], [1, 1, -1, 1]).logical_and(Within(shape[3], [1, 1, 1, -1]));
    }

    /// <summary>Cuts each row differently and brings it back to its size; what lies outside repeats the border.</summary>
    private static Tensor Cut(Tensor x, Generator generator)
    {
        var rows = x.shape[0];
        var kept = (rand([rows, 2], generator: generator) * tensor(new[] { (float)(Most - LeastWidth), (float)(Most - LeastHeight) }))
            .Plus(tensor(new[] { (float)LeastWidth, (float)LeastHeight }));
        var moved = (rand([rows, 2], generator: generator) - Scalars.Keep(0.5)) * (Scalars.Keep(1.1) - kept);
        var theta = zeros(rows, 2, 3);
        theta[.., 0, 0] = kept[.., 0];
        theta[.., 1, 1] = kept[.., 1];
        theta[.., .., 2] = moved;
        return F.grid_sample(x, F.affine_grid(theta, x.shape, align_corners: false), GridSampleMode.Bilinear, GridSamplePaddingMode.Border,
            align_corners: false);
    }
}
