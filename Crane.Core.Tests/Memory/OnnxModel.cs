using System.Text;

namespace Crane.Core.Tests.Memory;

/// <summary>Writes ONNX models of one or two operators: the protobuf messages of onnx.proto by hand.</summary>
internal static class OnnxModel
{
    public const int Float = 1, Int64 = 7;

    public static byte[] Model(byte[][] nodes, byte[][] initializers, byte[] input, byte[] output) =>
        [.. Field(1, 8), .. Field(8, [.. Field(1, ""), .. Field(2, 13)]),
            .. Field(7, [.. nodes.SelectMany(n => Field(1, n)), .. Field(2, "graph"), .. initializers.SelectMany(i => Field(5, i)), .. Field(11, input),
            .. Field(12, output)])];

    public static byte[] Node(string op, string[] inputs, string output) => [.. inputs.SelectMany(i => Field(1, i)), .. Field(2, output), .. Field(4, op)];

    public static byte[] Constant(string name, int[] shape, float[] values) =>
        [.. shape.SelectMany(d => Field(1, d)), .. Field(2, Float), .. Field(8, name), .. Field(9, [.. values.SelectMany(BitConverter.GetBytes)])];

    /// <summary>An input or output; a size of 0 is left open.</summary>
    public static byte[] Value(string name, int type, params int[] shape) =>
        [.. Field(1, name), .. Field(2,
            Field(1, [.. Field(1, type), .. Field(2, [.. shape.SelectMany((d, i) => Field(1, d > 0 ? Field(1, d) : Field(2, $"axis{i}")))])]))];

    private static byte[] Field(int number, long value) => [.. Varint(number << 3), .. Varint(value)];

    private static byte[] Field(int number, string text) => Field(number, Encoding.UTF8.GetBytes(text));

    private static byte[] Field(int number, byte[] content) => [.. Varint(number << 3 | 2), .. Varint(content.Length), .. content];

    private static IEnumerable<byte> Varint(long value)
    {
        for (; value > 127; value >>= 7) yield return (byte)(value & 127 | 128);
        yield return (byte)value;
    }
}
