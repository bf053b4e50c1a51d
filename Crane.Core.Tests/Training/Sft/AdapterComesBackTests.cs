using Crane.Core.Model;
using Crane.Core.Model.Adapters;
using Crane.Core.Tests.Training.Grpo;
using Crane.Core.Training;
using Crane.Core.Training.Grpo;
using Crane.Core.Training.Pretraining;
using Crane.Core.Training.Sft;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Training.Sft;

/// <summary>An adapter that was trained elsewhere comes back as a folder of PEFT's two files: put on a fresh copy of the base, it is the model that was
/// trained.</summary>
[Collection(nameof(Torch))]
public class AdapterComesBackTests
{
    [Fact]
    public void LoadAdapter_TrainedBySftThenGrpo_IsTheTrainedModel()
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var folder = Directory.CreateTempSubdirectory().FullName;
        using var trained = SmallNano.Load();
        using var peft = new PeftModel(trained.Model);
        peft.AddAdapter(new LoraConfig { R = 4, LoraAlpha = 8, TargetModules = ["q_proj", "v_proj", "down_proj"] }, seed: 3);
        Train(trained, peft);
        peft.SavePretrained(folder);
        Assert.Equal(["adapter_config.json", "adapter_model.safetensors"], Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        using var fresh = SmallNano.Load();
        var untouched = Logits(fresh);
        using var back = new PeftModel(fresh.Model);
        back.LoadAdapter(folder, isTrainable: true);
        var expected = Logits(trained);
        Close.Assert("logits", expected, Logits(fresh), 0);
        Assert.True(Close.Difference(expected, untouched) > 1e-2);
        using (back.DisableAdapter()) Close.Assert("without it", untouched, Logits(fresh), 0);
        back.MergeAndUnload();
        Close.Assert("merged", expected, Logits(fresh), 1e-4);
    }

    private static void Train(VisionLanguageModel model, PeftModel peft)
    {
        using var gradients = enable_grad();
        var codec = new ChatCodec(model);
        TrainingRow[] rows = [.. SmallNano.Prompts().Select(p => codec.Encode(p.Question) is var e
            ? new TrainingRow([.. e.Ids, 50, 60], [.. e.Ids.Select(_ => CausalLoss.Ignore), 50, 60], e.Picture) : null!)];
        var sft = new SftConfig { PerDeviceTrainBatchSize = 4, MaxSteps = 4, LearningRate = 2e-2, MaxLength = null, GradientCheckpointing = false };
        new SftTrainer(model.Model, rows, sft, codec.PadTokenId) { Adapter = peft }.Run();
        var grpo = new GrpoConfig { PerDeviceTrainBatchSize = 4, NumGenerations = 4, MaxCompletionLength = 4, MaxSteps = 3, LearningRate = 1e-2, Beta = 0.1,
            GradientCheckpointing = false };
        new GrpoTrainer(model.Model, codec, SmallNano.Prompts(), [RewardFunction.Each("first", r => r.Ids[0] % 7)], grpo) { Adapter = peft }.Run();
    }

    private static Tensor Logits(VisionLanguageModel model)
    {
        var prompt = new ChatCodec(model).Encode(SmallNano.Prompts()[0].Question);
        return model.Model.Forward(ModelInput.Pad([prompt.Ids], 0, left: false, [prompt.Picture!]));
    }
}
