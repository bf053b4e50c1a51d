using System.Text.Json;
using Crane.Core.Editing;
using Crane.Core.Evaluation.Tuning;
using Crane.Core.Model;

namespace Crane.Core.Tests.Editing;

public class DefaultsTests
{
    private static readonly Lazy<string> Base = new(() =>
    {
        using var model = VisionLanguageModel.Load(DataFolder.Of("nano"));
        return WeightHash.Of(model.Model);
    });

    /// <summary>What EasyEdit 14cea82 and VLKEB 10951b7 ship for Qwen-VL, under the names of their files (beside ours where they differ), and the record that
    /// carries it.</summary>
    [Theory]
    [InlineData(typeof(LoraEditingConfig), "Rank", 8)]
    [InlineData(typeof(LoraEditingConfig), "LoraAlpha", 32.0)]
    [InlineData(typeof(LoraEditingConfig), "TargetModules", "q_proj v_proj")]
    [InlineData(typeof(LoraEditingConfig), "NumSteps", 5)]
    [InlineData(typeof(LoraEditingConfig), "Lr", 1e-1)]
    [InlineData(typeof(GraceConfig), "Layer", 23)]                       // inner_params: qwen3vl-4b
    [InlineData(typeof(GraceConfig), "EditLr", 1.0)]
    [InlineData(typeof(GraceConfig), "NIter", 20)]
    [InlineData(typeof(GraceConfig), "Eps", 1.0)]
    [InlineData(typeof(GraceConfig), "ValInit", "Cold")]
    [InlineData(typeof(WiseConfig), "Layer", 30)]                        // inner_params: qwen3vl
    [InlineData(typeof(WiseConfig), "MaskRatio", 0.2)]
    [InlineData(typeof(WiseConfig), "EditLr", 1.0)]
    [InlineData(typeof(WiseConfig), "NIter", 10)]
    [InlineData(typeof(WiseConfig), "Alpha", 5.0)]                       // act_margin
    [InlineData(typeof(WiseConfig), "Beta", 20.0)]
    [InlineData(typeof(WiseConfig), "Gamma", 10.0)]
    [InlineData(typeof(WiseConfig), "ActRatio", 0.4)]
    [InlineData(typeof(WiseConfig), "SaveFreq", 500)]
    [InlineData(typeof(WiseConfig), "MergeFreq", 1000)]
    [InlineData(typeof(WiseConfig), "Densities", 0.53)]
    [InlineData(typeof(MendConfig), "Lr", 1e-6)]
    [InlineData(typeof(MendConfig), "EditLr", 1e-4)]
    [InlineData(typeof(MendConfig), "LrLr", 1e-4)]
    [InlineData(typeof(MendConfig), "Rank", 1920)]
    [InlineData(typeof(MendConfig), "MaxIters", 30000)]
    [InlineData(typeof(MendConfig), "GradClip", 100.0)]
    [InlineData(typeof(MendConfig), "Layers", "-3 -2 -1")]               // the MLPs of the last three layers
    [InlineData(typeof(MendConfig), "Cedit", 0.1)]
    [InlineData(typeof(MendConfig), "Cloc", 1.0)]
    [InlineData(typeof(SeracConfig), "Lr", 1e-5)]
    [InlineData(typeof(SeracConfig), "MaxIters", 50000)]
    [InlineData(typeof(FineTuningConfig), "NumSteps", 10)]               // VLKEB
    [InlineData(typeof(FineTuningConfig), "Lr", 1e-4)]
    [InlineData(typeof(FineTuningConfig), "Layers", "-1")]
    [InlineData(typeof(FineTuningConfig), "RewriteModules", "language_model.layers.{}.mlp.down_proj.")]
    [InlineData(typeof(FineTuningConfig), "TargetForm", "Answer")]
    [InlineData(typeof(IkeConfig), "K", 32)]
    public void Defaults_AreThoseOfEasyEdit(Type record, string field, object expected)
    {
        var value = record.GetProperty(field)!.GetValue(Activator.CreateInstance(record));
        Assert.Equal(expected, value switch
        {
            string[] words => string.Join(' ', words),
            int[] numbers => string.Join(' ', numbers),
            Enum name => name.ToString(),
            _ => value,
        });
    }

    [Fact]
    public void LayersOfQwen2Vl_AreThoseOfEasyEdit()                     // inner_params: qwen2vl-7b
    {
        Assert.Equal(new GraceConfig { Layer = 18 }, GraceConfig.Qwen2Vl);
        Assert.Equal(new WiseConfig { Layer = 23 }, WiseConfig.Qwen2Vl);
    }

    public static TheoryData<string> Tuned() => [.. EditingMethods.All.Select(method => method.Id)];

    [Theory, MemberData(nameof(Tuned))]
    public void NanoDefaults_AreWhatTheSearchChose(string id)
    {
        var record = TuningRecord.Read(DataFolder.Of("results", "tuning", id + ".json"));
        var method = EditingMethods.Named(id);
        Assert.Equal(id, record.Method);
        Assert.NotNull(record.Chosen);
        Assert.All(method.Tried, settings => Assert.NotNull(record.Of(settings)));
        Assert.True(JsonElement.DeepEquals(record.Chosen.Settings, TuningRecord.Json(method.Settings)),
            $"chosen: {record.Chosen.Settings}\nin use: {TuningRecord.Json(method.Settings)}");
        Assert.All(record.Edits, edit => Assert.StartsWith("dev-", edit, StringComparison.Ordinal));
        Assert.All(record.Trials, trial => Assert.True(trial.Seconds > 0));                      // the budget
        Assert.Equal(Base.Value, record.Base);                                                   // of the base that is shipped
    }
}
