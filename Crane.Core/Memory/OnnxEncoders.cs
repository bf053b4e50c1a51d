using Crane.Core.Vision;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Crane.Core.Memory;

/// <summary>Any encoder exported to ONNX, as by <c>optimum-cli export onnx</c>, run by ONNX Runtime.</summary>
/// <remarks>Texts go in as <c>input_ids</c> with, where the graph asks for them, <c>attention_mask</c> and <c>token_type_ids</c>; pictures as
/// <c>pixel_values</c>. A
/// result <c>[batch, width]</c> is taken as it is, <c>[batch, length, width]</c> is pooled.</remarks>
public static class OnnxEncoders
{
    private static readonly string[] Outputs = ["sentence_embedding", "text_embeds", "image_embeds", "pooler_output", "last_hidden_state"];

    /// <summary>An encoder of texts.</summary>
    /// <param name="path">The .onnx file.</param>
    /// <param name="tokenise">Text to ids, special ones included, as <see cref="WordPiece.Encode"/>.</param>
    /// <param name="pooling">Of a result with a vector a token.</param>
    /// <param name="output">Name of the result; null: sentence_embedding, text_embeds, image_embeds, pooler_output or last_hidden_state, the first that there
    /// is.</param>
    /// <exception cref="InvalidDataException">The file is no ONNX model, or asks for an input that texts do not give.</exception>
    public static Encoder<string> Texts(string path, Func<string, int[]> tokenise, Pooling pooling = Pooling.Mean, string? output = null) =>
        new OnnxEncoder<string>(path, ["input_ids", "attention_mask", "token_type_ids"], output ?? "", texts =>
        {
            int[][] rows = [.. texts.Select(tokenise)];
            var length = rows.Max(r => r.Length);
            NamedOnnxValue Input(string name, Func<int[], int, long> at) => NamedOnnxValue.CreateFromTensor(name,
                new DenseTensor<long>(rows.SelectMany(r => Enumerable.Range(0, length).Select(i => at(r, i))).ToArray(), [rows.Length, length]));
            NamedOnnxValue[] inputs = [Input("input_ids", (r, i) => i < r.Length ? r[i] : 0), Input("attention_mask", (r, i) => i < r.Length ? 1 : 0),
                Input("token_type_ids", (_, _) => 0)];
            return (inputs, vectors => Pool(vectors, [.. rows.Select(r => r.Length)], pooling));
        });

    /// <summary>An encoder of pictures.</summary>
    /// <param name="path">The .onnx file.</param>
    /// <param name="preprocessor">Its picture settings.</param>
    /// <param name="pooling">Of a result with a vector a patch.</param>
    /// <param name="output">See <see cref="Texts"/>.</param>
    /// <exception cref="InvalidDataException">The file is no ONNX model, or asks for an input that pictures do not give.</exception>
    public static Encoder<Picture> Pictures(string path, PicturePreprocessor preprocessor, Pooling pooling = Pooling.Mean, string? output = null) =>
        new OnnxEncoder<Picture>(path, ["pixel_values"], output ?? "", pictures =>
        {
            var pixels = new DenseTensor<float>(pictures.SelectMany(preprocessor.Process).ToArray(),
                [pictures.Count, 3, preprocessor.Height, preprocessor.Width]);
            return ([NamedOnnxValue.CreateFromTensor("pixel_values", pixels)], vectors => Pool(vectors, null, pooling));
        });

    /// <summary>One vector a row of <c>[batch, width]</c> or <c>[batch, length, width]</c>; only the first <paramref name="lengths"/> places of a row
    /// count.</summary>
    private static float[][] Pool(DenseTensor<float> vectors, int[]? lengths, Pooling pooling)
    {
        var shape = vectors.Dimensions;
        var (batch, width, length) = (shape[0], shape[^1], shape.Length == 3 ? shape[1] : 1);
        var rows = new float[batch][];
        for (var row = 0; row < batch; row++)
        {
            var own = vectors.Buffer.Span.Slice(row * length * width, length * width);
            var count = shape.Length == 2 || pooling is Pooling.Cls ? 1 : lengths?[row] ?? length;
            rows[row] = new float[width];
            for (var place = 0; place < count; place++)
                for (var i = 0; i < width; i++) rows[row][i] += own[place * width + i] / count;
        }
        return rows;
    }

    private sealed class OnnxEncoder<T> : Encoder<T>
    {
        private readonly InferenceSession session;
        private readonly string output;
        private readonly Func<IReadOnlyList<T>, (NamedOnnxValue[] Inputs, Func<DenseTensor<float>, float[][]> Vectors)> run;

        public OnnxEncoder(string path, string[] known, string output, Func<IReadOnlyList<T>, (NamedOnnxValue[], Func<DenseTensor<float>, float[][]>)> run)
        {
            if (!File.Exists(path)) throw new FileNotFoundException($"{path}: there is no such ONNX model.", path);
            (Name, this.run) = (Path.GetFileName(path), run);
            using var settings = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
            try { session = new InferenceSession(path, settings); }
            catch (OnnxRuntimeException e) { throw new InvalidDataException($"{path}: ONNX Runtime cannot open it: {e.Message}", e); }
            if (session.InputNames.Except(known).ToList() is { Count: > 0 } strange)
                throw Wrong(path, $"asks for the inputs {string.Join(", ", strange)}, but {typeof(T).Name} gives only {string.Join(", ", known)}");
            var wanted = output.Length > 0 ? [output] : Outputs;
            this.output = wanted.FirstOrDefault(session.OutputNames.Contains) ?? (output.Length == 0 && session.OutputNames.Count == 1 ? session.OutputNames[0]
                : throw Wrong(path, $"gives {string.Join(", ", session.OutputNames)}, expected {string.Join(" or ", wanted)}; name the one to take"));
        }

        public override string Name { get; }

        protected override IReadOnlyList<float[]> Encode(IReadOnlyList<T> inputs)
        {
            var (values, vectors) = run(inputs);
            using var results = session.Run([.. values.Where(v => session.InputNames.Contains(v.Name))], [output]);
            return results[0].Value is Tensor<float> { Rank: 2 or 3 } tensor && tensor.Dimensions[0] == inputs.Count ? vectors(tensor.ToDenseTensor())
                : throw new InvalidDataException($"{Name}: the result '{output}' is no float32 tensor [batch, width] or [batch, length, width] of {inputs.Count} rows.");
        }

        private InvalidDataException Wrong(string path, string what)
        {
            session.Dispose();
            return new($"{path}: the model {what}.");
        }

        protected override void Dispose(bool disposing) => session.Dispose();
    }
}
