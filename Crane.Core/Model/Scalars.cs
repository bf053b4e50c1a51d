using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Model;

/// <summary>Numbers for tensor arithmetic that stay alive while native code reads them. A number written beside a tensor becomes a TorchSharp
/// <see cref="Scalar"/>
/// that nothing refers to once its handle was read: a garbage collection on another thread may free it under the native call (seen as
/// "Exception raised from toFloat" after hours of training). The last thousand of each thread are therefore held here. Some of TorchSharp's operations make
/// such a number themselves, above all every sum, which multiplies its second part by 1: what stands here in their place brings one that is held.</summary>
internal static class Scalars
{
    private const int Held = 1024;

    [ThreadStatic] private static Scalar[]? ring;
    [ThreadStatic] private static int next;

    /// <summary>1, for operations that multiply by a number.</summary>
    public static readonly Scalar One = 1;

    /// <summary>A whole number.</summary>
    public static Scalar Keep(long value) => Keep((Scalar)value);

    /// <summary>A number.</summary>
    public static Scalar Keep(double value) => Keep((Scalar)value);

    /// <summary>left + right.</summary>
    public static Tensor Plus(this Tensor left, Tensor right) => left.add(right, One);

    /// <summary>left + right.</summary>
    /// <param name="left">Any shape.</param>
    /// <param name="right">From <see cref="Keep(double)"/>.</param>
    public static Tensor Plus(this Tensor left, Scalar right) => left.add(right, One);

    /// <summary>0, 1, … <c>[count]</c>.</summary>
    public static Tensor Range(long count, Device? device = null, ScalarType? dtype = null) => arange(Keep(0), Keep(count), One, dtype, device);

    private static Scalar Keep(Scalar scalar)
    {
        ring ??= new Scalar[Held];
        next = (next + 1) % Held;
        return ring[next] = scalar;
    }
}
