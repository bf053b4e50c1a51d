using Crane.Core.Model;
using Crane.Core.Training.Grpo;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Training.Grpo;

[Collection(nameof(Torch)), Trait("Category", "Golden")]
public class TokenLogProbsParityTests
{
    [Fact]
    public void Of_StoredBatch_HasTrlsLogProbsAndEntropiesAtEveryTemperature()
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var golden = GrpoGolden.Tensors("logps_entropy.safetensors");
        using var model = TinyModel.Load(GrpoGolden.Folder("run_dapo_default", "initial.safetensors"), GrpoGolden.Folder("run_dapo_default", "run.json"));
        var (ids, mask) = (golden["input_ids"], golden["attention_mask"]);
        var logits = model.Forward(new() { InputIds = ids, AttentionMask = mask });
        Close.Assert("logits", golden["logits"] * mask.unsqueeze(-1), logits * mask.unsqueeze(-1), 1e-5);
        var temperatures = golden.Keys.Where(key => key.EndsWith(".entropies", StringComparison.Ordinal)).Select(key => key[1..^".entropies".Length]).ToList();
        Assert.NotEmpty(temperatures);
        foreach (var temperature in temperatures)
        {
            var (logProbs, entropies) = (golden[$"t{temperature}.per_token_logps"], golden[$"t{temperature}.entropies"]);
            var tokens = (int)logProbs.shape[1];
            var counted = mask[.., ^tokens..].to(float32);
            PolicyRow[] rows = [.. Enumerable.Range(0, (int)ids.shape[0]).Select(r => Row(ids[r], mask[r], tokens))];
            var found = TokenLogProbs.Of(model, rows, double.Parse(temperature), 0);
            Close.Assert($"log-probabilities at {temperature}", (logProbs * counted)[.., ..(int)found.LogProbs.shape[1]], found.LogProbs, 1e-5);
            Close.Assert($"entropies at {temperature}", (entropies * counted)[.., ..(int)found.Entropies.shape[1]], found.Entropies, 1e-5);
        }
    }

    private static PolicyRow Row(Tensor ids, Tensor mask, int tokens)
    {
        int[] Kept(Tensor row, Tensor keep) => [.. row.masked_select(keep.ne(0)).data<long>().Select(id => (int)id)];
        return new(new(Kept(ids[..^tokens], mask[..^tokens])), Kept(ids[^tokens..], mask[^tokens..]));
    }
}
