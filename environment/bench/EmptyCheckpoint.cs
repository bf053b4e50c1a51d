using System.Buffers.Binary;
using System.Text.Json;
using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Bench;

/// <summary>Checkpoints whose weights are all zero: a header and a hole, so that they take no room on the disk.</summary>
internal static class EmptyCheckpoint
{
    /// <summary>Qwen2.5-VL-3B as published, with fewer decoder layers and vision blocks.</summary>
    /// <param name="layers">How many of each are kept.</param>
    public static QwenVlConfig Qwen25Vl3B(int layers) => new()
    {
        Text = new()
        {
            VocabSize = 151_936, HiddenSize = 2048, IntermediateSize = 11_008, NumHiddenLayers = layers, NumAttentionHeads = 16, NumKeyValueHeads = 2,
                HeadDim = 128,
            RopeTheta = 1_000_000, MropeSection = [16, 24, 24], AttentionBias = true,
        },
        Vision = new Qwen25VisionConfig
        {
            Depth = layers, HiddenSize = 1280, IntermediateSize = 3420, NumHeads = 16, PatchSize = 14, OutHiddenSize = 2048, WindowSize = 112,
                FullattBlockIndexes = [layers - 1], TokensPerSecond = 2,
        },
        ImageTokenId = 151_655,
        VideoTokenId = 151_656,
        VisionStartTokenId = 151_652,
        VisionEndTokenId = 151_653,
        TieWordEmbeddings = true,
    };

    /// <summary>Writes <c>config.json</c> and <c>model.safetensors</c>.</summary>
    /// <param name="folder">Made if it is not there.</param>
    /// <param name="config">The sizes.</param>
    /// <param name="type">Element type of the file, by its name there: F32 or BF16.</param>
    /// <returns>Number of values in all tensors.</returns>
    public static long Write(string folder, QwenVlConfig config, string type)
    {
        Directory.CreateDirectory(folder);
        var (tensors, at, size) = (new SortedDictionary<string, object>(StringComparer.Ordinal), 0L, type == "F32" ? 4 : 2);
        foreach (var (key, shape) in Shapes(config))
        {
            var bytes = shape.Aggregate(1L, (product, length) => product * length) * size;
            tensors[key] = new { dtype = type, shape, data_offsets = (long[])[at, at += bytes] };
        }
        var header = JsonSerializer.SerializeToUtf8Bytes(tensors);
        using var stream = File.Create(Path.Combine(folder, "model.safetensors"));
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        stream.Write(prefix);
        stream.Write(header);
        stream.SetLength(8 + header.Length + at);
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJson());
        return at / size;
    }

    private static List<(string Key, long[] Shape)> Shapes(QwenVlConfig config)
    {
        using var scope = NewDisposeScope();
        using var model = QwenVl.ToBeLoaded(config, bfloat16);
        return [.. Checkpoint.Tensors(model).Select(pair => (pair.Key, pair.Value.shape))];
    }
}
