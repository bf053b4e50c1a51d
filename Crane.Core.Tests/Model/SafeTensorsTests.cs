using System.Buffers.Binary;
using System.Text;
using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Model;

[Collection(nameof(Torch))]
public class SafeTensorsTests
{
    private const string Good = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";

    [Fact]
    public void Write_EveryType_ReadsBack()
    {
        using var scope = NewDisposeScope();
        var path = Temporary();
        var tensors = SafeTensorsHeader.Types.ToDictionary(t => t.Key, t => (rand(3, 5) * 10).to(t.Value));
        tensors["scalar"] = tensor(3.5f);
        tensors["empty"] = zeros(0, 4);
        SafeTensors.Write(path, tensors, new Dictionary<string, string> { ["format"] = "pt" });
        var read = SafeTensors.ReadAll(path);
        foreach (var (name, expected) in tensors)
        {
            Assert.Equal(expected.dtype, read[name].dtype);
            Assert.Equal(expected.shape, read[name].shape);
            Assert.True(expected.bytes.SequenceEqual(read[name].bytes), name);
        }
        using var file = SafeTensors.Open(path);
        Assert.Equal("pt", file.Header.Metadata["format"]);
        Assert.False(File.Exists(path + ".tmp"));
    }

    [Theory]
    [InlineData("{\"a\"", 8, "not JSON")]
    [InlineData("[]", 0, "expected an object")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", 8, "lacks dtype, shape or data_offsets")]
    [InlineData("""{"a":{"dtype":"Q4","shape":[2],"data_offsets":[0,8]}}""", 8, "has dtype 'Q4', expected one of F64")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "[3] needs 12 bytes, its range has 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "must not be negative")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807],"data_offsets":[0,8]}}""", 8, "its range has 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12,
        "overlap or leave a gap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "overlap or leave a gap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""", 16,
        "names tensor 'a' twice")]
    [InlineData(Good, 6, "but the file has")]
    [InlineData(Good, 9, "1 bytes follow the last tensor")]
    public void Open_LyingHeader_SaysWhatIsWrong(string header, int dataBytes, string expected) =>
        AssertRefused([.. Prefix(header.Length), .. Encoding.UTF8.GetBytes(header), .. new byte[dataBytes]], expected);

    [Theory]
    [InlineData(0, "has 0 bytes")]
    [InlineData(5, "has 5 bytes")]
    public void Open_ShorterThanItsPrefix_SaysSo(int bytes, string expected) => AssertRefused(new byte[bytes], expected);

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    [InlineData(1000)]
    public void Open_LyingLength_SaysWhatFollows(long length) =>
        AssertRefused([.. Prefix(length), .. Encoding.UTF8.GetBytes(Good)], $"declares a header of {length} bytes");

    [Fact]
    public void Open_EveryTruncation_IsRefused()
    {
        var path = Temporary();
        SafeTensors.Write(path, new Dictionary<string, Tensor> { ["a"] = ones(2), ["b"] = ones(3) });
        var whole = File.ReadAllBytes(path);
        for (var length = 0; length < whole.Length; length++) AssertRefused(whole[..length], ".safetensors");
    }

    private static void AssertRefused(byte[] file, string expected)
    {
        var path = Temporary();
        File.WriteAllBytes(path, file);
        var message = Assert.Throws<InvalidDataException>(() => SafeTensors.Open(path)).Message;
        Assert.Contains(expected, message);
        Assert.Contains(path, message);
    }

    private static byte[] Prefix(long length)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        return bytes;
    }

    private static string Temporary() => Path.Combine(Directory.CreateTempSubdirectory().FullName, "x.safetensors");
}
