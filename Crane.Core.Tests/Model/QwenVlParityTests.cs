using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Model;

[Collection(nameof(Torch)), Trait("Category", "Golden")]
public class QwenVlParityTests
{
    private const double Tolerance = 2e-4;

    public static TheoryData<string, string> Cases() => GoldenCase.All();

    [Theory, MemberData(nameof(Cases))]
    public void Forward_Case_EqualsHuggingFace(string checkpoint, string name)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var model = Checkpoint.Load(Golden.File("models", checkpoint));
        var golden = new GoldenCase(Golden.File("models", checkpoint, "cases", name + ".safetensors"));
        var (input, keep) = (golden.Input, golden.Keep);
        using var seen = new Recorder();
        var hidden = model.Hidden(input, watch: seen.Watch).Hidden;
        var logits = model.Logits(hidden);

        Close.Assert("inputs_embeds", golden.Expected("inputs_embeds"), seen["embeddings"] * keep, Tolerance);
        Close.Assert("hidden_layer_1", golden.Expected("hidden_layer_1"), seen["layer.0"] * keep, Tolerance);
        Close.Assert("hidden_into_layer_1", golden.Expected("hidden_into_layer_1"), seen["layer.1.in"] * keep, Tolerance);
        Close.Assert("last_hidden_state", golden.Expected("last_hidden_state"), hidden * keep, Tolerance);
        Close.Assert("logits", golden.Expected("logits"), logits * keep, Tolerance);
        var logprobs = logits[.., ..^1].log_softmax(-1).gather(-1, input.InputIds[.., 1..].unsqueeze(-1)).squeeze(-1);
        var mask = input.AttentionMask!;
        Close.Assert("token_logprobs", golden.Expected("token_logprobs"), logprobs * (mask[.., 1..] * mask[.., ..^1]), Tolerance);
        if (golden.Has("expected.debug.patch_embed"))
            foreach (var (stored, point) in new[] { ("patch_embed", "visual.patch_embed"), ("vision_block_0_in", "visual.block.0.in"),
                ("vision_block_0_out", "visual.block.0") })
                Close.Assert(stored, golden.Expected("debug." + stored), seen[point], Tolerance);
    }

    public static TheoryData<string, string> Twins() => GoldenCase.Twins();

    [Theory, MemberData(nameof(Twins))]
    public void Forward_EitherLayoutOfKeysAndConfig_EqualsHuggingFace(string checkpoint, string file)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var model = Checkpoint.Load(Golden.File("models", checkpoint));
        var golden = new GoldenCase(file);
        Close.Assert("logits", golden.Expected("logits") * golden.Keep, model.Forward(golden.Input) * golden.Keep, Tolerance);
    }

    [Fact]
    public void Checkpoints_EachHasAReference()
    {
        var covered = Cases().Concat(Twins()).Concat(CheckpointTests.Sharded()).Select(row => (string)row[0]).ToHashSet();
        Assert.NotEmpty(covered);
        Assert.Empty(GoldenCase.Checkpoints().Except(covered));
    }

    [Theory, MemberData(nameof(Cases))]
    public void Windows_Case_EqualHuggingFace(string checkpoint, string name)
    {
        using var scope = NewDisposeScope();
        var golden = new GoldenCase(Golden.File("models", checkpoint, "cases", name + ".safetensors"));
        if (!golden.Has("expected.debug.window_index")) return;   // only Qwen2.5-VL has windows, and only some cases store them
        var (order, patches) = VisionWindows.Of(golden.Input.ImageGrids, (Qwen25VisionConfig)QwenVlConfig.Load(Golden.File("models", checkpoint)).Vision);
        Close.Assert("window_index", golden.Expected("debug.window_index"), tensor(order), 0);
        Close.Assert("cu_window_seqlens", golden.Expected("debug.cu_window_seqlens"), cat([zeros(1, dtype: int64), tensor(patches).cumsum(0)]), 0);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Positions_Case_EqualHuggingFace(string checkpoint, string name)
    {
        using var scope = NewDisposeScope();
        using var model = Checkpoint.Load(Golden.File("models", checkpoint));
        var golden = new GoldenCase(Golden.File("models", checkpoint, "cases", name + ".safetensors"));
        var (positions, next) = model.Positions(golden.Input);
        Close.Assert("position_ids", golden.Expected("position_ids"), positions, 0);
        Close.Assert("rope_deltas", golden.Expected("rope_deltas").flatten(), tensor(next) - golden.Input.AttentionMask!.sum(1), 0);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Features_Case_EqualHuggingFace(string checkpoint, string name)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var model = Checkpoint.Load(Golden.File("models", checkpoint));
        var golden = new GoldenCase(Golden.File("models", checkpoint, "cases", name + ".safetensors"));
        var input = golden.Input;
        foreach (var (kind, pixels, grids) in new[] { ("image", input.PixelValues, input.ImageGrids), ("video", input.VideoPixelValues, input.VideoGrids) })
        {
            if (pixels is null) continue;
            using var seen = new Recorder();
            var features = model.Visual.Forward(pixels, grids, seen.Watch);
            Close.Assert($"{kind}_features", golden.Expected($"{kind}_features"), features.Merged, Tolerance);
            Close.Assert($"{kind}_vision_last_hidden", golden.Expected($"{kind}_vision_last_hidden"), seen[$"visual.block.{model.Config.Vision.Depth - 1}"],
                Tolerance);
            for (var i = 0; i < features.DeepStack.Count; i++)
                Close.Assert($"{kind}_deepstack_{i}", golden.Expected($"{kind}_deepstack_{i}"), features.DeepStack[i], Tolerance);
        }
    }
}
