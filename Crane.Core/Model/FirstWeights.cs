using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Crane.Core.Model;

/// <summary>How the large weights of a module begin: drawn, or empty where a file is about to be read into them. libtorch's own embedding draws in float32 and
/// casts, so that a large vocabulary in bfloat16 takes three times its memory for a moment.</summary>
internal static class FirstWeights
{
    [ThreadStatic] private static bool empty;

    /// <summary>Until the result is disposed, modules made on this thread hold memory of this type that nothing was written to.</summary>
    public static IDisposable Empty(ScalarType type) => new Chosen(type);

    /// <summary>A matrix <c>[output, input]</c> as PyTorch's <c>nn.Linear</c> draws it.</summary>
    public static Parameter Matrix(long output, long input)
    {
        var weight = nn.Parameter(torch.empty(output, input));
        if (!empty) nn.init.kaiming_uniform_(weight, Math.Sqrt(5));
        return weight;
    }

    /// <summary>An embedding of <paramref name="rows"/> vectors, drawn from the standard normal distribution.</summary>
    public static Embedding Embedding(long rows, long size)
    {
        if (!empty) return nn.Embedding(rows, size);
        var embedding = nn.Embedding(1, size);   // libtorch's constructors draw or copy a whole matrix in float32, even from_pretrained
        embedding.weight!.Dispose();
        embedding.weight = nn.Parameter(torch.empty(rows, size));
        return embedding;
    }

    private sealed class Chosen : IDisposable
    {
        private readonly (ScalarType Type, bool Empty) before = (get_default_dtype(), empty);

        public Chosen(ScalarType type)
        {
            set_default_dtype(type);
            empty = true;
        }

        public void Dispose()
        {
            set_default_dtype(before.Type);
            empty = before.Empty;
        }
    }
}
