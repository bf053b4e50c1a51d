using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Model;

[Collection(nameof(Torch))]
public class CheckpointTests
{
    public static TheoryData<string> Whole() => new(GoldenCase.Checkpoints().Where(c => File.Exists(Golden.File("models", c, "model.safetensors"))));

    public static TheoryData<string, string> Sharded()
    {
        var rows = new TheoryData<string, string>();
        foreach (var checkpoint in GoldenCase.Checkpoints().Where(c => File.Exists(Golden.File("models", c, "model.safetensors.index.json"))))
            foreach (var file in Directory.GetFiles(Golden.File("models", checkpoint), "*.expected.safetensors"))
                rows.Add(checkpoint, Path.GetFileName(file));
        return rows;
    }

    [Theory, MemberData(nameof(Whole)), Trait("Category", "Golden")]
    public void Save_Loaded_ReloadsByteForByte(string checkpoint)
    {
        using var scope = NewDisposeScope();
        using var model = Checkpoint.Load(Golden.File("models", checkpoint));
        var (first, second) = (Directory.CreateTempSubdirectory().FullName, Directory.CreateTempSubdirectory().FullName);
        Checkpoint.Save(model, first);
        using var again = Checkpoint.Load(first);
        Checkpoint.Save(again, second);
        Assert.Equal(File.ReadAllBytes(Path.Combine(first, "model.safetensors")), File.ReadAllBytes(Path.Combine(second, "model.safetensors")));
        Assert.Equal(File.ReadAllText(Path.Combine(first, "config.json")), File.ReadAllText(Path.Combine(second, "config.json")));
        var original = SafeTensors.ReadAll(Golden.File("models", checkpoint, "model.safetensors"));
        var keyOf = CheckpointKeys.LayoutOf(original.Keys);
        foreach (var (name, parameter) in again.named_parameters()) Assert.True(parameter.bytes.SequenceEqual(original[keyOf(name)].bytes), name);
    }

    public static TheoryData<string> HubStyle() => new(GoldenCase.Checkpoints().Where(c => File.Exists(Golden.File("models", c, "config.hub_style.json"))));

    [Theory, MemberData(nameof(HubStyle)), Trait("Category", "Golden")]
    public void Load_HubStyleConfig_GivesTheSameSizes(string checkpoint)
    {
        var (written, hub) =
            (QwenVlConfig.Load(Golden.File("models", checkpoint)), QwenVlConfig.Load(Golden.File("models", checkpoint, "config.hub_style.json")));
        // initializer_range and context length have no part in the sizes; everything else must agree, arrays by content.
        Assert.Equal(written.ToJson(), hub.ToJson());
    }

    /// <summary>Layout of keys and layout of the config are independent of each other.</summary>
    [Theory, MemberData(nameof(HubStyle)), Trait("Category", "Golden")]
    public void Load_EveryPairOfLayouts_HasTheSameWeights(string checkpoint)
    {
        using var scope = NewDisposeScope();
        using var model = Checkpoint.Load(Golden.File("models", checkpoint));
        foreach (var config in (string[])["config.json", "config.hub_style.json"])
            foreach (var keyOf in (Func<string, string>[])[CheckpointKeys.OfModule, CheckpointKeys.OfPublished])
            {
                var folder = Directory.CreateTempSubdirectory().FullName;
                File.Copy(Golden.File("models", checkpoint, config), Path.Combine(folder, "config.json"));
                SafeTensors.Write(Path.Combine(folder, "model.safetensors"),
                    model.named_parameters().Select(p => KeyValuePair.Create(keyOf(p.name), (Tensor)p.parameter)));
                using var again = Checkpoint.Load(folder);
                Assert.Equal(WeightHash.Of(model), WeightHash.Of(again));
            }
    }

    [Theory, MemberData(nameof(Sharded)), Trait("Category", "Golden")]
    public void Load_Bf16Shards_ComputesAsHuggingFace(string checkpoint, string file)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var expected = SafeTensors.ReadAll(Golden.File("models", checkpoint, file));
        var sizes = QwenVlConfig.Load(Golden.File("models", checkpoint)).ToJson();
        var golden = new GoldenCase(GoldenCase.Checkpoints().Where(other => QwenVlConfig.Load(Golden.File("models", other)).ToJson() == sizes)
            // the case stands beside whole weights of the same sizes
            .Select(other => Golden.File("models", other, "cases", file.Replace(".expected", ""))).First(File.Exists));
        using var wide = Checkpoint.Load(Golden.File("models", checkpoint), float32);
        Close.Assert("float32 compute", expected["expected.logits_bf16_weights_fp32_compute"], wide.Forward(golden.Input) * golden.Keep, 2e-4);
        using var narrow = Checkpoint.Load(Golden.File("models", checkpoint), bfloat16);
        var difference = (expected["expected.logits_bf16_compute"].to(float32) - narrow.Forward(golden.Input).to(float32) * golden.Keep).abs();
        Assert.InRange(difference.max().item<float>(), 0, 0.5);
        Assert.InRange(difference.mean().item<float>(), 0, 0.05);
    }

    [Fact]
    public void Load_MissingAndForeignTensors_NamesThem()
    {
        var folder = Copy();
        var tensors = SafeTensors.ReadAll(Path.Combine(folder, "model.safetensors"));
        tensors["stranger"] = zeros(3);
        tensors["model.language_model.norm.weight"] = zeros(7);
        tensors.Remove("model.visual.pos_embed.weight");
        SafeTensors.Write(Path.Combine(folder, "model.safetensors"), tensors);
        var message = "";
        Assert.Equal(AModelLoadedAndDisposed(), Close.LeftBehind(() => message = Assert.Throws<InvalidDataException>(() => Checkpoint.Load(folder)).Message));
        Assert.Contains("'stranger' is unexpected", message);
        Assert.Contains("'model.visual.pos_embed.weight' [64, 96] is missing", message);
        Assert.Contains("'model.language_model.norm.weight' is [7], the config asks for [192]", message);
    }

    [Theory]
    [InlineData("\"qwen3_vl\"", "\"llama\"", "model_type is 'llama'")]
    [InlineData("\"hidden_size\": 192", "\"hidden_size\": \"wide\"", "'hidden_size' must be a whole number")]
    [InlineData("\"num_key_value_heads\": 2", "\"num_key_value_heads\": 4", "not a multiple of num_key_value_heads 4")]
    [InlineData("\"image_token_id\": 1530", "\"image_token_id\": 15300", "image_token_id 15300 lies outside the vocabulary")]
    [InlineData("\"patch_size\": 8,", "", "'patch_size' is missing")]
    [InlineData("\"qwen3_vl\"", "\"qwen2_5_vl\"", "'window_size' is missing")]
    [InlineData("\"mrope_interleaved\": true", "\"mrope_interleaved\": false", "mrope_interleaved is false, which qwen3_vl is not made for")]
    [InlineData("\"use_cache\": true", "\"use_sliding_window\": true", "use_sliding_window is true")]
    [InlineData("{", "{{", "not valid JSON")]
    public void Load_BadConfig_SaysWhatIsWrong(string from, string to, string expected)
    {
        var folder = Copy();
        var path = Path.Combine(folder, "config.json");
        var text = File.ReadAllText(path);
        var at = text.IndexOf(from, StringComparison.Ordinal);
        File.WriteAllText(path, text[..at] + to + text[(at + from.Length)..].Replace(from == "\"qwen3_vl\"" ? from : "\0", to)
            .Replace(to == "\"qwen2_5_vl\"" ? "gelu_pytorch_tanh" : "\0", "silu")
                .Replace(to == "\"qwen2_5_vl\"" ? "\"mrope_interleaved\": true" : "\0", "\"mrope_interleaved\": false"));
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => Checkpoint.Load(folder)).Message);
    }

    [Fact]
    public void Load_ShardOfTheIndexIsAbsent_NamesIt()
    {
        var folder = Copy();
        File.Delete(Path.Combine(folder, "model.safetensors"));
        Assert.Contains("neither model.safetensors nor", Assert.Throws<FileNotFoundException>(() => Checkpoint.Load(folder)).Message);
        File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), """{"weight_map":{"a":"gone.safetensors"}}""");
        Assert.Contains("'gone.safetensors'", Assert.Throws<FileNotFoundException>(() => Checkpoint.Load(folder)).Message);
        File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), """{"weight_map":{"a":"../gone.safetensors"}}""");
        Assert.Contains("not a plain file name", Assert.Throws<InvalidDataException>(() => Checkpoint.Load(folder)).Message);
    }

    [Fact]
    public void Load_Cancelled_LeavesNothingBehind()
    {
        using var source = new CancellationTokenSource();
        var seen = 0;
        var progress = new Immediate<ProgressUpdate>(update => { if (++seen == 3) source.Cancel(); });
        var left = Close.LeftBehind(() => Assert.Throws<OperationCanceledException>(() => Checkpoint.Load(DataFolder.Of("golden", "nano-reference"),
            progress: progress, cancellationToken: source.Token)));
        Assert.Equal(3, seen);
        Assert.Equal(AModelLoadedAndDisposed(), left);
        Assert.Equal(0, Close.LeftBehind(() => Assert.Throws<OperationCanceledException>(() => Checkpoint.Load(DataFolder.Of("golden", "nano-reference"),
            cancellationToken: source.Token))));
    }

    [Fact]
    public void Load_TwoShardsHoldOneTensor_NamesBoth()
    {
        var folder = Copy();
        File.Move(Path.Combine(folder, "model.safetensors"), Path.Combine(folder, "first.safetensors"));
        SafeTensors.Write(Path.Combine(folder, "second.safetensors"), new Dictionary<string, Tensor> { ["model.language_model.norm.weight"] = zeros(192) });
        File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), """{"weight_map":{"a":"first.safetensors","b":"second.safetensors"}}""");
        var message = Assert.Throws<InvalidDataException>(() => Checkpoint.Load(folder)).Message;
        Assert.Contains("'model.language_model.norm.weight' is in two shards", message);
        Assert.Contains("first.safetensors", message);
        Assert.Contains("second.safetensors", message);
    }

    /// <summary>TorchSharp counts the tensor that a parameter is made from for ever, though its memory is the parameter's: that much stays of any
    /// model.</summary>
    private static long AModelLoadedAndDisposed() => Close.LeftBehind(() => Checkpoint.Load(DataFolder.Of("golden", "nano-reference")).Dispose());

    private static string Copy()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        foreach (var name in new[] { "config.json", "model.safetensors" })
            File.Copy(DataFolder.Of("golden", "nano-reference", name),
                Path.Combine(folder, name));
        return folder;
    }
}
