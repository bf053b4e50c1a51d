using Crane.Core.Model;
using Crane.Core.Model.Adapters;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Model.Adapters;

/// <summary>Adapters on a model that sees pictures; switching, merging, wrong files.</summary>
[Collection(nameof(Torch))]
public class PeftModelTests
{
    private static readonly LoraConfig Random = new() { TargetModules = "all-linear", InitLoraWeights = "false", LoraAlpha = 16 };

    private static QwenVl Model() => Checkpoint.Load(DataFolder.Of("golden", "nano-reference"));

    private static ModelInput Input() => new() { InputIds = tensor(new long[] { 5, 300, 301, 302, 303, 304 }, [1, 6]) };

    private static bool Same(Tensor a, Tensor b) => a.equal(b).all().item<bool>();

    [Fact]
    public void SetAdapter_TwoAdapters_SwitchWithoutTrace()
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var model = Model();
        var (hash, off) = (WeightHash.Of(model), model.Forward(Input()));
        using var peft = new PeftModel(model);
        peft.AddAdapter(Random, "one", seed: 1);
        var one = model.Forward(Input());
        peft.AddAdapter(Random with { UseDora = true }, "two", seed: 2);
        var two = model.Forward(Input());
        Assert.False(Same(one, two) || Same(one, off) || Same(two, off));
        peft.SetAdapter("one");
        Assert.True(Same(one, model.Forward(Input())));
        using (peft.DisableAdapter()) Assert.True(Same(off, model.Forward(Input())));
        Assert.Equal(["one"], peft.ActiveAdapters);
        peft.SetAdapter("one", "two");
        Assert.False(Same(one, model.Forward(Input())));
        peft.DeleteAdapter("one");
        Assert.True(Same(two, model.Forward(Input())));
        peft.Dispose();
        Assert.True(Same(off, model.Forward(Input())));
        Assert.Equal(hash, WeightHash.Of(model));
        Assert.All(model.parameters(), parameter => Assert.True(parameter.requires_grad));
    }

    [Fact]
    public void Merge_TwoAdapters_UnmergesBitForBit()
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var model = Model();
        var hash = WeightHash.Of(model);
        using var peft = new PeftModel(model);
        peft.AddAdapter(Random, "one", seed: 1);
        peft.AddAdapter(Random with { UseRslora = true, Bias = "all" }, "two", seed: 2);
        peft.SetAdapter("one", "two");
        var apart = model.Forward(Input());
        peft.Merge();
        Assert.NotEqual(hash, WeightHash.Of(model));
        Close.Assert("merged", apart, model.Forward(Input()), 1e-3);
        Assert.Throws<InvalidOperationException>(() => peft.SetAdapter("one"));
        peft.Unmerge();
        Assert.Equal(hash, WeightHash.Of(model));
        Assert.True(Same(apart, model.Forward(Input())));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void LoadAdapter_SavedHere_IsTheSame(bool dora)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var model = Model();
        using var peft = new PeftModel(model);
        var config = new LoraConfig
        {
            R = 3, LoraAlpha = 5, UseDora = dora, TargetModules = @".*language_model.*\.(q|up)_proj", ExcludeModules = ["layers.0.mlp.up_proj"],
                InitLoraWeights = "false",
            ModulesToSave = ["embed_tokens"], RankPattern = [new("q_proj", 2)], Bias = "all",
        };
        var adapter = peft.AddAdapter(config, seed: 7);
        Assert.DoesNotContain(adapter.Scalings.Keys, path => path.Contains("visual") || path.EndsWith("layers.0.mlp.up_proj", StringComparison.Ordinal));
        foreach (var tensor in adapter.Tensors) tensor.Parameter.add_(0.01);
        var before = model.Forward(Input());
        var folder = Directory.CreateTempSubdirectory().FullName;
        peft.SavePretrained(folder);
        var again = peft.LoadAdapter(folder, "again");
        Assert.True(Same(before, model.Forward(Input())));
        Assert.Equal(adapter.Tensors.Select(t => t.Key), again.Tensors.Select(t => t.Key));
        Assert.All(again.Tensors, t => Assert.False(t.Parameter.requires_grad));
        Assert.Equal(AdapterConfigJson.Write(config), AdapterConfigJson.Write(again.Config));
    }

    [Fact]
    public void LoadAdapter_ForAnotherBase_NamesWhatIsMissing()
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        using var peft = new PeftModel(model);
        var kept = peft.AddAdapter(Random, "kept");
        var folder = Saved(model, new() { TargetModules = ["q_proj"] });
        Edit(folder, "\"q_proj\"", "\"query_key_value\"");
        var message = Assert.Throws<InvalidDataException>(() => peft.LoadAdapter(folder)).Message;
        Assert.Contains("query_key_value", message);
        Assert.Contains("another base", message);
        Assert.Contains("q_proj", message);
        Edit(folder, "\"query_key_value\"", "\"q_proj\",\"k_proj\"");
        Assert.Contains("k_proj.lora_A.weight' is missing", Assert.Throws<InvalidDataException>(() => peft.LoadAdapter(folder)).Message);
        Edit(folder, "\"r\": 8", "\"r\": 4");
        Assert.Contains("config and base ask for", Assert.Throws<InvalidDataException>(() => peft.LoadAdapter(folder)).Message);
        Assert.Equal(["kept"], peft.ActiveAdapters);
        Assert.Same(kept, peft.Adapters.Values.Single());
    }

    [Theory]
    [InlineData("\"use_qalora\": false", "\"use_qalora\": true", "use_qalora")]
    [InlineData("\"peft_type\": \"LORA\"", "\"peft_type\": \"IA3\"", "IA3")]
    [InlineData("\"bias\": \"none\"", "\"bias\": \"some\"", "bias is 'some'")]
    [InlineData("\"init_lora_weights\": true", "\"init_lora_weights\": \"pissa\"", "pissa")]
    [InlineData("\"lora_dropout\": 0", "\"lora_dropout\": 1", "lora_dropout")]
    [InlineData("\"rank_pattern\": {}", "\"rank_pattern\": {\"a\": \"b\"}", "rank_pattern")]
    public void LoadAdapter_ConfigThatCannotBe_NamesTheField(string from, string to, string expected)
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        var folder = Saved(model, new());
        Edit(folder, from, to);
        using var peft = new PeftModel(model);
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => peft.LoadAdapter(folder)).Message);
        Assert.Empty(peft.Adapters);
    }

    [Fact]
    public void AddAdapter_HeadTiedToTheEmbedding_SaysSo()
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        using var peft = new PeftModel(model);
        Assert.Contains("tied", Assert.Throws<ArgumentException>(() => peft.AddAdapter(new() { ModulesToSave = ["lm_head"] })).Message);
    }

    [Fact]
    public void AddAndDelete_Repeated_LeavesNoHookAndFewTensors()
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        var off = model.Forward(Input());
        using var peft = new PeftModel(model);
        long Once() => Close.LeftBehind(() =>
        {
            peft.AddAdapter(new());
            peft.DeleteAdapter(PeftModel.DefaultName);
        });
        var first = Once();
        Assert.True(Once() <= first && first <= 4 * model.Config.Text.NumHiddenLayers, $"{first} tensors stay");   // the sources of four parameters a layer
        Assert.True(Same(off, model.Forward(Input())));
    }

    private static string Saved(QwenVl model, LoraConfig config)
    {
        using var peft = new PeftModel(model);
        peft.AddAdapter(config);
        var folder = Directory.CreateTempSubdirectory().FullName;
        peft.SavePretrained(folder);
        var path = Path.Combine(folder, "adapter_config.json");
        File.WriteAllText(path, File.ReadAllText(path));
        return folder;
    }

    private static void Edit(string folder, string from, string to)
    {
        var path = Path.Combine(folder, "adapter_config.json");
        var text = File.ReadAllText(path);
        Assert.Contains(from, text);
        File.WriteAllText(path, text.Replace(from, to));
    }
}
