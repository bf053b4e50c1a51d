using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Model;

/// <summary>oneDNN's matrix product inside libtorch, which PyTorch reaches as <c>torch.ops.mkldnn._linear_pointwise</c>. libtorch itself multiplies with MKL,
/// and MKL leaves
/// AVX-512 unused on processors that are not Intel's: about half the speed there (environment/bench). The entry is of libtorch's C interface
/// for compiled models (<c>torch/csrc/inductor/aoti_torch/generated/c_shim_cpu.h</c>).</summary>
internal static unsafe class OneDnn
{
    private static readonly IntPtr Entry = Find();
    private static readonly IntPtr NoActivation = Marshal.StringToCoTaskMemUTF8("none");

    /// <summary>Whether it is the faster way here: AVX-512, not Intel's, and libtorch brings it. Fixed for a machine, so that runs repeat their bits.</summary>
    public static bool IsFaster { get; } = Entry != IntPtr.Zero;

    /// <summary>x Wᵀ + b, without gradient.</summary>
    /// <param name="x"><c>[..., in]</c> float32 on the CPU.</param>
    /// <param name="weight"><c>[out, in]</c>; a transposed view will do.</param>
    /// <param name="bias"><c>[out]</c>, or null.</param>
    /// <returns><c>[..., out]</c>.</returns>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor? bias = null)
    {
        var call = (delegate* unmanaged<IntPtr, IntPtr, IntPtr*, IntPtr, double**, long, IntPtr*, IntPtr*, int>)Entry;
        var b = bias?.Handle ?? IntPtr.Zero;
        IntPtr result;
        var failed = call(x.Handle, weight.Handle, bias is null ? null : &b, NoActivation, null, 0, null, &result);
        GC.KeepAlive(x);
        GC.KeepAlive(weight);
        GC.KeepAlive(bias);
        if (failed != 0) throw new InvalidOperationException($"oneDNN cannot multiply [{string.Join(", ", x.shape)}] by the transpose of [{string.Join(", ", weight.shape)}]; libtorch's message is on standard error.");
        return Tensor.UnsafeCreateTensor(result);
    }

    private static IntPtr Find()
    {
        if (!Avx512F.IsSupported || IsIntel()) return IntPtr.Zero;
        NativeTorch.Ensure();
        var folder = Path.GetDirectoryName(typeof(torch).Assembly.Location)!;
        return NativeLibrary.TryLoad(Path.Combine(folder, OperatingSystem.IsWindows() ? "torch_cpu.dll" : "libtorch_cpu.so"), out var library)
            && NativeLibrary.TryGetExport(library, "aoti_torch_cpu__linear_pointwise", out var entry) ? entry : IntPtr.Zero;
    }

    private static bool IsIntel()
    {
        var (_, b, c, d) = X86Base.CpuId(0, 0);
        Span<byte> name = stackalloc byte[12];
        MemoryMarshal.Write(name, b);
        MemoryMarshal.Write(name[4..], d);
        MemoryMarshal.Write(name[8..], c);
        return Encoding.ASCII.GetString(name) == "GenuineIntel";
    }
}
