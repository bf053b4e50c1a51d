using Crane.Core.Model;
using Crane.Core.Tests.Model.Adapters;
using Crane.Core.Benchmark;
using Crane.Core.Training;
using Crane.Core.Training.Routing;
using Crane.Notebooks.Running;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Training;

[Collection(nameof(Torch))]
public sealed class WeightSoupTests
{
    [Fact]
    public void Average_ThreeModels_IsTheMeanInTheFirstAndLeavesTheOthers()
    {
        using var none = no_grad();
        TextModel[] models = [PeftCase.Base(), PeftCase.Base(), PeftCase.Base()];
        var before = models[0].named_parameters().ToDictionary(p => p.name, p => p.parameter.detach().clone());
        for (var i = 1; i < 3; i++)
            foreach (var parameter in models[i].parameters()) parameter.add_(i);
        var others = models.Skip(1).Select(WeightHash.Of).ToArray();
        WeightSoup.Average(models);
        foreach (var (name, parameter) in models[0].named_parameters()) Close.Assert(name, before[name] + 1, parameter, 1e-6);
        Assert.Equal(others, models.Skip(1).Select(WeightHash.Of));
        foreach (var model in models) model.Dispose();
        foreach (var tensor in before.Values) tensor.Dispose();
    }

    [Fact]
    public void Average_OtherShapes_NamesTheWeightAndChangesNothing()
    {
        using var model = PeftCase.Base();
        using var other = VisionLanguageModel.Load(DataFolder.Of("nano"));
        var before = WeightHash.Of(model);
        var error = Assert.Throws<ArgumentException>(() => WeightSoup.Average([model, other.Model]));
        Assert.Contains("of model 1: expected the shape", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, WeightHash.Of(model));
        Assert.Throws<ArgumentException>(() => WeightSoup.Average([]));
    }

    [Fact]
    public void Replicas_TakeTheNextRowsOfOneStream()
    {
        using var model = VisionLanguageModel.Load(DataFolder.Of("nano"));
        var recipe = new CraneRecipe(NanoWorld.Load());
        string Rows(int steps, int replica) => string.Join('|', recipe.SftRows(model, CraneRecipe.Sft(seed: 3, steps), replica)
            .Select(row => string.Join(',', row.Ids)));
        Assert.Equal(Rows(2, 0), Rows(1, 0) + "|" + Rows(1, 1));
    }

    [Fact]
    public void Rows_AskedForInAnyOrder_AreTheSame()
    {
        using var model = VisionLanguageModel.Load(DataFolder.Of("nano"));
        var rows = new CraneRecipe(NanoWorld.Load()).SftRows(model, CraneRecipe.Sft(seed: 3, steps: 1));
        var backwards = Enumerable.Range(0, rows.Count).Reverse().Select(i => rows[i]).Reverse().ToArray();
        foreach (var (row, other) in rows.Zip(backwards))
        {
            Assert.Equal(row.Ids, other.Ids);
            Assert.Equal(row.Labels, other.Labels);
            Assert.Equal(row.Picture?.PixelValues, other.Picture?.PixelValues);
        }
        Assert.Contains(rows, row => row.Picture is not null);
        Assert.Throws<ArgumentOutOfRangeException>(() => rows[rows.Count]);
    }

    [Fact]
    public async Task Sft_ReplicasSideBySide_GiveTheBitsOfOneAfterAnother()
    {
        var root = Directory.CreateTempSubdirectory().FullName;
        string[] outs = [Path.Combine(root, "one"), Path.Combine(root, "two")];
        for (var i = 0; i < 2; i++)
            Assert.Equal(0, await TrainCommand.Run(new("sft", DataFolder.Of("nano"), outs[i], Seed: 5, Steps: 2, Threads: i + 1, Replicas: 2), TextWriter.Null,
                CancellationToken.None));
        byte[][] weights = [.. outs.Select(folder => File.ReadAllBytes(Path.Combine(folder, "model.safetensors")))];
        Assert.Equal(weights[0], weights[1]);
        Assert.NotEqual(File.ReadAllBytes(DataFolder.Of("nano", "model.safetensors")), weights[0]);
        Assert.True(Directory.Exists(Path.Combine(outs[0], "training", "replica-1")));
        Directory.Delete(root, recursive: true);
    }
}
