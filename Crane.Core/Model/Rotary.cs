using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Model;

/// <summary>Cosines and sines of rotary angles, each angle twice: for the first and the second half of a head.</summary>
/// <param name="Cos">Broadcasts over heads: <c>[batch, 1, length, headDim]</c> in the decoder, <c>[patches, 1, headDim]</c> in the tower.</param>
/// <param name="Sin">As <paramref name="Cos"/>.</param>
public readonly record struct RotaryTable(Tensor Cos, Tensor Sin)
{
    /// <summary>The table at another element type.</summary>
    public RotaryTable To(ScalarType type) => new(Cos.to(type), Sin.to(type));
}

/// <summary>Rotary position embedding: pairs (i, i + headDim/2) of a vector turn by an angle that grows with its position (arXiv 2104.09864).</summary>
public static class Rotary
{
    /// <summary>Frequencies θ^(−2i/size) for i in 0..size/2−1.</summary>
    /// <param name="size">Values that turn, even.</param>
    /// <param name="theta">Base, for example 10,000.</param>
    /// <returns><c>[size / 2]</c> float32.</returns>
    public static Tensor Frequencies(int size, double theta) =>
        pow(tensor((float)theta), arange(Scalars.Keep(0), Scalars.Keep(size), Scalars.Keep(2), dtype: float32).div(Scalars.Keep(size))).reciprocal();

    /// <summary>x ⊙ cos + rotate_half(x) ⊙ sin, where rotate_half(a, b) = (−b, a) on the halves of the last axis.</summary>
    /// <param name="x"><c>[..., headDim]</c>.</param>
    /// <param name="table">Broadcasts to <paramref name="x"/>.</param>
    public static Tensor Apply(Tensor x, RotaryTable table)
    {
        using var scope = NewDisposeScope();
        var halves = x.chunk(2, dim: -1);
        var rotated = cat([-halves[1], halves[0]], dim: -1);
        return (x * table.Cos).Plus(rotated * table.Sin).MoveToOuterDisposeScope();
    }

    /// <summary>Multimodal rotary angles as the config lays them out: <see cref="Interleaved"/> or <see cref="Chunked"/>.</summary>
    /// <param name="positions"><c>[3, batch, length]</c> int64: time, height, width.</param>
    /// <param name="config">Gives head size, base, sections and layout.</param>
    /// <returns>A table of <c>[batch, 1, length, headDim]</c> float32.</returns>
    public static RotaryTable Multimodal(Tensor positions, TextConfig config) =>
        config.MropeInterleaved ? Interleaved(positions, config) : Chunked(positions, config);

    /// <summary>Interleaved multimodal rotary angles (Qwen3-VL): frequency i follows height if i mod 3 = 1 and i &lt; 3·section[1], width if
    /// i mod 3 = 2 and i &lt; 3·section[2], otherwise time.</summary>
    /// <param name="positions"><c>[3, batch, length]</c> int64: time, height, width.</param>
    /// <param name="config">Gives head size, base and sections.</param>
    /// <returns>A table of <c>[batch, 1, length, headDim]</c> float32.</returns>
    public static RotaryTable Interleaved(Tensor positions, TextConfig config) =>
        Of(positions, config, i => i % 3 is var axis && axis > 0 && i < 3 * config.MropeSection[axis] ? axis : 0);

    /// <summary>Multimodal rotary angles in sections (Qwen2.5-VL): the first section[0] frequencies follow time, the next section[1] height, the rest
    /// width.</summary>
    /// <param name="positions"><c>[3, batch, length]</c> int64: time, height, width.</param>
    /// <param name="config">Gives head size, base and sections.</param>
    /// <returns>A table of <c>[batch, 1, length, headDim]</c> float32.</returns>
    public static RotaryTable Chunked(Tensor positions, TextConfig config) =>
        Of(positions, config, i => i < config.MropeSection[0] ? 0 : i < config.MropeSection[0] + config.MropeSection[1] ? 1 : 2);

    private static RotaryTable Of(Tensor positions, TextConfig config, Func<int, long> axisOf)
    {
        using var scope = NewDisposeScope();
        long[] axes = [.. Enumerable.Range(0, config.HeadDim / 2).Select(axisOf)];
        var chosen = positions.index_select(0, tensor(axes, device: positions.device)).permute(1, 2, 0).to(float32);   // [batch, length, headDim / 2]
        var angles = chosen * Frequencies(config.HeadDim, config.RopeTheta).to(positions.device);
        var both = cat([angles, angles], dim: -1).unsqueeze(1);                                                         // [batch, 1, length, headDim]
        return new(both.cos().MoveToOuterDisposeScope(), both.sin().MoveToOuterDisposeScope());
    }
}
