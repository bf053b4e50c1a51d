using TorchSharp;

namespace Crane.Core.Model;

/// <summary>Numbers for tensor arithmetic that stay alive while native code reads them. A number written beside a tensor becomes a TorchSharp
/// <see cref="Scalar"/>
/// that nothing refers to once its handle was read: a garbage collection on another thread may free it under the native call (seen as
/// "Exception raised from toFloat" after hours of training). The last thousand of each thread are therefore held here.</summary>
internal static class Scalars
{
    private const int Held = 1024;

    [ThreadStatic] private static Scalar[]? ring;
    [ThreadStatic] private static int next;

    /// <summary>A whole number.</summary>
    public static Scalar Keep(long value) => Keep((Scalar)value);

    /// <summary>A number.</summary>
    public static Scalar Keep(double value) => Keep((Scalar)value);

    private static Scalar Keep(Scalar scalar)
    {
        ring ??= new Scalar[Held];
        next = (next + 1) % Held;
        return ring[next] = scalar;
    }
}
