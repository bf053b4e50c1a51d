using Crane.Core.Memory;
using Crane.Core.Vision;

namespace Crane.Core.Tests.Memory;

public sealed class OnnxEncoderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("crane-onnx").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string Write(byte[] model)
    {
        var path = Path.Combine(folder, "model.onnx");
        File.WriteAllBytes(path, model);
        return path;
    }

    /// <summary>A table of four word vectors; a text is its words' rows.</summary>
    private string WordModel(string input = "input_ids", string output = "last_hidden_state") => Write(OnnxModel.Model(
        [OnnxModel.Node("Gather", ["table", input], output)], [OnnxModel.Constant("table", [4, 2], [9, 9, 1, 0, 0, 1, 3, 4])],
        OnnxModel.Value(input, OnnxModel.Int64, 0, 0), OnnxModel.Value(output, OnnxModel.Float, 0, 0, 2)));

    private static int[] Digits(string text) => [.. text.Select(c => c - '0')];

    [Fact]
    public async Task Texts_VectorAToken_IsPooledOverTheTextAlone()
    {
        using var encoder = OnnxEncoders.Texts(WordModel(), Digits);
        var vectors = await encoder.GenerateAsync(["12", "3", "111"]);
        Assert.Equal([[0.70710677f, 0.70710677f], [0.6f, 0.8f], [1, 0]], vectors.Select(v => v.Vector.ToArray()));   // padding (9, 9) does not count
        Assert.Equal("model.onnx", vectors[0].ModelId);
        using var first = OnnxEncoders.Texts(WordModel(), Digits, Pooling.Cls);
        Assert.Equal([1f, 0f], first.Encode(["12"], default)[0]);
    }

    [Fact]
    public void Pictures_VectorAPicture_IsTheNetworksNormalised()
    {
        float[] weights = [.. Enumerable.Range(0, 24).Select(i => i % 5 - 1.5f)];   // [12 pixels, 2]
        var path = Write(OnnxModel.Model([OnnxModel.Node("Flatten", ["pixel_values"], "flat"), OnnxModel.Node("MatMul", ["flat", "w"], "image_embeds")],
            [OnnxModel.Constant("w", [12, 2], weights)], OnnxModel.Value("pixel_values", OnnxModel.Float, 0, 3, 2, 2),
            OnnxModel.Value("image_embeds", OnnxModel.Float, 0, 2)));
        var settings = new PicturePreprocessor { Width = 2, Height = 2 };
        var picture = new Picture(2, 2, [1, 200, 3, 40, 50, 60, 70, 80, 90, 255, 0, 120]);
        using var encoder = OnnxEncoders.Pictures(path, settings);
        var pixels = settings.Process(picture);
        double[] expected = [.. Enumerable.Range(0, 2).Select(o => Enumerable.Range(0, 12).Sum(i => (double)pixels[i] * weights[2 * i + o]))];
        var length = Math.Sqrt(expected.Sum(v => v * v));
        var found = encoder.Encode([picture, picture], default)[1];
        for (var i = 0; i < 2; i++) Assert.Equal(expected[i] / length, found[i], 1e-5);
    }

    [Fact]
    public void Open_ForeignFileInputOrOutput_IsRefusedByName()
    {
        Assert.Contains("audio", Assert.Throws<InvalidDataException>(() => OnnxEncoders.Texts(WordModel("audio"), Digits)).Message);
        Assert.Contains("last_hidden_state", Assert.Throws<InvalidDataException>(() => OnnxEncoders.Texts(WordModel(), Digits, output: "other")).Message);
        var path = Path.Combine(folder, "text.onnx");
        File.WriteAllText(path, "not a model");
        Assert.Contains("text.onnx", Assert.Throws<InvalidDataException>(() => OnnxEncoders.Texts(path, Digits)).Message);
        Assert.Throws<FileNotFoundException>(() => OnnxEncoders.Texts(Path.Combine(folder, "none.onnx"), Digits));
    }

    [Fact]
    public void Encode_ZeroVector_IsRefused()
    {
        var path = Write(OnnxModel.Model([OnnxModel.Node("Gather", ["table", "input_ids"], "last_hidden_state")], [OnnxModel.Constant("table", [1, 2], [0, 0])],
            OnnxModel.Value("input_ids", OnnxModel.Int64, 0, 0), OnnxModel.Value("last_hidden_state", OnnxModel.Float, 0, 0, 2)));
        using var encoder = OnnxEncoders.Texts(path, Digits);
        Assert.Contains("zero", Assert.Throws<InvalidDataException>(() => encoder.Encode(["0"], default)).Message);
    }
}
