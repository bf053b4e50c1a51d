using System.Text.Json;
using Crane.Core.Benchmark;
using Crane.Core.Model;
using Crane.Core.Vision;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Model;

/// <summary>A trained model from the picture files to the greedy completion, as Hugging Face computed it.</summary>
[Collection(nameof(Torch))]
public class NanoReferenceTests
{
    private static readonly string Folder = DataFolder.Of("golden", "nano-reference");
    private static readonly World World = World.Load();

    public static TheoryData<int> Cases() => new(Enumerable.Range(0, Rows().Count));

    private static List<JsonElement> Rows() => [.. File.ReadLines(Path.Combine(Folder, "cases.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];

    [Theory, MemberData(nameof(Cases))]
    public void Generate_FromThePictureFile_EqualsHuggingFace(int index)
    {
        using var scope = NewDisposeScope();
        using var model = VisionLanguageModel.Load(Folder);
        var row = Rows()[index];
        var question = new Question(row.GetProperty("prompt").GetString()!, PictureOf(row.GetProperty("picture").GetString()));
        var (ids, patches) = model.Prompts.Encode(question);
        Assert.Equal(Ints(row, "input_ids"), ids);
        if (patches is not null)
        {
            var stored = SafeTensors.ReadAll(Path.Combine(Folder, "pixel_values.safetensors"))["pixel_values"][row.GetProperty("pixel_values").GetInt32()];
            Close.Assert("pixel_values", stored, tensor(patches.PixelValues, stored.shape), 1e-5);
        }
        var completion = model.Generate([question])[0];
        Assert.Equal(Ints(row, "completion_ids"), completion.Tokens.Ids);
        Assert.Equal(row.GetProperty("completion").GetString(), model.Tokenizer.Decode(completion.Tokens.Ids));
        var logprobs = row.GetProperty("logprobs").EnumerateArray().Select(v => v.GetSingle()).ToArray();
        Close.Assert("logprobs", tensor(logprobs), tensor(completion.Tokens.LogProbs), 5e-4);
    }

    [Fact]
    public async Task Stream_Question_GivesTheCompletionPieceByPiece()
    {
        using var model = VisionLanguageModel.Load(Folder);
        var row = Rows().First(r => r.GetProperty("picture").ValueKind == JsonValueKind.String);
        var question = new Question(row.GetProperty("prompt").GetString()!, PictureOf(row.GetProperty("picture").GetString()));
        var pieces = new List<string>();
        await foreach (var piece in model.Stream(question)) pieces.Add(piece);
        Assert.True(pieces.Count > 10);
        Assert.Equal(model.Ask(question.Text, question.Picture).Text, string.Concat(pieces));
    }

    [Fact]
    public async Task Stream_LeftEarly_StopsTheModel()
    {
        using var model = VisionLanguageModel.Load(Folder);
        await foreach (var piece in model.Stream(new("Whose flag is this?"))) break;
        Assert.NotEmpty(model.Ask("France has which currency?").Text);
    }

    [Fact]
    public void Generate_ManyTimes_KeepsNoTensors()
    {
        using var model = VisionLanguageModel.Load(Folder);
        model.Ask("France has which currency?");
        var before = Close.LiveTensors();
        for (var i = 0; i < 5; i++) model.Ask("France has which currency?");
        Assert.Equal(before, Close.LiveTensors());
    }

    private static Picture? PictureOf(string? name)
    {
        if (name is null) return null;
        var path = name;
        if (name.StartsWith("landmark", StringComparison.Ordinal))
            path = World.Landmarks.Single(l => l.Name == name.Split('\'')[1])
                .Images[int.Parse(name.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture) - 1].File;
        return WorldPictures.Small(WorldPictures.Prepare(PictureFile.Load(Path.Combine(World.Folder, path), new() { Background = 128 })));
    }

    private static IEnumerable<int> Ints(JsonElement row, string name) => row.GetProperty(name).EnumerateArray().Select(v => v.GetInt32());
}
