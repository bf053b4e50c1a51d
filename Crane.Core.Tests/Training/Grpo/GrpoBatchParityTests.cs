using System.Text.Json;
using Crane.Core.Training;
using Crane.Core.Training.Grpo;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Training.Grpo;

/// <summary>From stored completions to the batch that the loss reads.</summary>
[Collection(nameof(Torch)), Trait("Category", "Golden")]
public class GrpoBatchParityTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Make_StoredCompletions_HasTrlsMasksItemsAndAdvantages(bool maskTruncated)
    {
        using var scope = NewDisposeScope();
        var golden = GrpoGolden.Tensors("grpo_batch.safetensors").Where(t => t.Key.StartsWith($"mask_truncated_{maskTruncated}.", StringComparison.Ordinal))
            .ToDictionary(t => t.Key[(t.Key.IndexOf('.') + 1)..], t => t.Value);
        var stored = JsonDocument.Parse(File.ReadAllText(GrpoGolden.Folder("grpo_advantages.json"))).RootElement;
        int[][] ids = [.. stored.GetProperty("completion_ids").EnumerateArray().Select(row => row.EnumerateArray().Select(id => id.GetInt32()).ToArray())];
        var generations = stored.GetProperty("cases")[0].GetProperty("num_generations").GetInt32();
        GrpoPrompt[] prompts = [.. Enumerable.Range(0, ids.Length / generations)
            .Select(i => new GrpoPrompt(new(string.Join(' ', Enumerable.Range(i, i + 1).Select(word => $"w{word}")))))];
        var config = new GrpoConfig { PerDeviceTrainBatchSize = ids.Length, NumGenerations = generations, MaxCompletionLength = 12,
            MaskTruncatedCompletions = maskTruncated, ShuffleDataset = false }.Checked();
        using var model = TinyModel.Load(GrpoGolden.Folder("run_dapo_default", "initial.safetensors"), GrpoGolden.Folder("run_dapo_default", "run.json"));
        var reward = new RewardFunction("r", rollouts => [.. rollouts.Select((_, i) => (double?)(i % 3))]);
        var stage = new GenerationStage(model, new WordCodec(), prompts, [reward], config, new Stored(ids), null) { Order = (_, rows) =>
            [.. Enumerable.Range(0, rows.Count)] };
        var (batch, _, _) = stage.Make(0, new TrainingLog());
        Assert.Equal(golden["num_items_in_batch"].item<long>(), batch.NumItems);
        var tensors = PolicyScores.Batch(batch.Rows, batch.NumItems, config, CPU);
        Close.Assert("completion_mask", golden["completion_mask"], tensors.CompletionMask, 0);
        Close.Assert("advantages", golden["advantages"], tensors.Advantages, 1e-5);
        foreach (var (i, row) in batch.Rows.Index())
        {
            Assert.Equal(golden["completion_ids"][i, ..row.Ids.Length].data<long>().Select(id => (int)id), row.Ids);
            Assert.Equal(golden["prompt_ids"][i].masked_select(golden["prompt_mask"][i].ne(0)).data<long>().Select(id => (int)id),
                stage.Encoded(row.Prompt).Ids);
        }
    }

    private sealed class Stored(int[][] ids) : IRolloutSource
    {
        public bool IsPolicy => true;

        public IReadOnlyList<WrittenTokens> Write(IReadOnlyList<EncodedPrompt> prompts, int generations, int seed, CancellationToken cancellationToken) =>
            [.. ids.Select(row => new WrittenTokens(row))];
    }
}
