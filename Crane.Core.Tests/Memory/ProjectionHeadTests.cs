using Crane.Core.Memory;
using Crane.Core.Model;
using Crane.Core.Vision;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Memory;

[Collection(nameof(Torch))]
public class ProjectionHeadTests
{
    private const int Subjects = 24, Signal = 6, Width = 32;

    /// <summary>Views of subjects: a few numbers say who it is, louder ones say nothing.</summary>
    private static (float[][] Features, int[] Subjects) Views(int seed, int views)
    {
        var who = Seeds.Random(1);
        float[][] own = [.. Enumerable.Range(0, Subjects).Select(_ => FlatIndexTests.Draw(who, Signal))];
        var random = Seeds.Random(2, seed);
        int[] subjects = [.. Enumerable.Range(0, Subjects * views).Select(i => i % Subjects)];
        return ([.. subjects.Select(s =>
            (float[])[.. own[s].Select(v => v + 0.02f * (float)random.NextDouble() + 5), .. FlatIndexTests.Draw(random, Width - Signal).Select(v => 3 * v)])],
        subjects);
    }

    private static double RecallAt1(ProjectionHead head)
    {
        var ((library, known), (queries, asked)) = (Views(10, 1), Views(11, 3));
        using var index = new FlatIndex(head.Dimension);
        index.Add([.. library.Select((f, i) => new IndexItem($"{known[i]}", head.Apply(f)))]);
        return queries.Select((q, i) => index.Search(head.Apply(q), 1)[0].Id == $"{asked[i]}" ? 1.0 : 0.0).Average();
    }

    [Fact]
    public void Train_LoudFeaturesThatSayNothing_LearnsToPassOverThem()
    {
        var (features, subjects) = Views(0, 8);
        var (plain, learnt) = (ProjectionHead.Centre(features),
            ProjectionHead.Train(features, subjects, new() { Dimension = 12, Steps = 400, LearningRate = 0.02 }, seed: 3));
        Assert.True(RecallAt1(plain) < 0.5, $"{RecallAt1(plain)}");
        Assert.True(RecallAt1(learnt) > 0.9, $"{RecallAt1(learnt)}");
    }

    [Fact]
    public void Train_SameSeed_GivesTheSameHeadAndFreesItsTensors()
    {
        var (features, subjects) = Views(0, 3);
        ProjectionHead Train(int seed) => ProjectionHead.Train(features, subjects, new() { Dimension = 4, Steps = 5 }, seed);
        Assert.Equal(Train(1).Apply(features[0]), Train(1).Apply(features[0]));
        Assert.NotEqual(Train(1).Apply(features[0]), Train(2).Apply(features[0]));
        Assert.InRange(Close.LeftBehind(() => Train(1)), 0, 1);
    }

    [Fact]
    public void Contrastive_SmallCase_EqualsTheEquation()
    {
        using var scope = NewDisposeScope();
        var z = nn.functional.normalize(tensor(FlatIndexTests.Draw(Seeds.Random(5), 15)).view(5, 3), dim: -1);
        long[] labels = [0, 0, 1, 1, 1];
        var expected = Enumerable.Range(0, 5).Average(i =>
        {
            double Exp(int j) => Math.Exp(z[i].dot(z[j]).item<float>() / 0.3);
            var all = Enumerable.Range(0, 5).Where(j => j != i).Sum(Exp);
            return -Enumerable.Range(0, 5).Where(p => p != i && labels[p] == labels[i]).Average(p => Math.Log(Exp(p) / all));
        });
        Assert.Equal(expected, ProjectionHead.Contrastive(z, tensor(labels), 0.3).item<float>(), 1e-5);
    }

    [Fact]
    public void Save_Head_LoadsToTheSameNumbers()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("crane-head").FullName, "head.safetensors");
        var (features, subjects) = Views(0, 2);
        foreach (var head in new[] { ProjectionHead.Centre(features), ProjectionHead.Train(features, subjects, new() { Dimension = 5, Steps = 2 }) })
        {
            head.Save(path);
            var again = ProjectionHead.Load(path);
            Assert.Equal((head.Inputs, head.Dimension), (again.Inputs, again.Dimension));
            Assert.Equal(head.Apply(features[3]), again.Apply(features[3]));
        }
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void Train_UnusableViews_AreRefused()
    {
        float[] f = [1, 2];
        Assert.Contains("one view", Assert.Throws<ArgumentException>(() => ProjectionHead.Train([f, f, f], [0, 0, 1])).Message);
        Assert.Contains("two subjects", Assert.Throws<ArgumentException>(() => ProjectionHead.Train([f, f], [0, 0])).Message);
        Assert.Throws<ArgumentException>(() => ProjectionHead.Train([f, f], [0]));
        Assert.Contains("3", Assert.Throws<ArgumentException>(() => ProjectionHead.Centre([f]).Apply([1, 2, 3])).Message);
    }

    [Fact]
    public void QwenEncoders_Nano_BatchEqualsOneByOneAndTheHeadIsApplied()
    {
        using var model = VisionLanguageModel.Load(DataFolder.Of("nano"));
        var random = Seeds.Random(8);
        Picture[] pictures = [.. Enumerable.Range(0, 3)
            .Select(_ => { var rgb = new byte[3 * 40 * 30]; random.NextBytes(rgb); return new Picture(40, 30, rgb); })];
        var size = (64, 48);
        var features = QwenEncoders.Features(model, pictures, size);
        Assert.All(features, f => Assert.Equal(12 * model.Model.Config.Vision.OutHiddenSize, f.Length));
        var head = ProjectionHead.Centre(features);
        using var encoder = QwenEncoders.Pictures(model, size, head);
        for (var i = 0; i < pictures.Length; i++)
        {
            var expected = VectorChecks.Normalise(head.Apply(features[i]));
            foreach (var (a, b) in expected.Zip(encoder.Encode([pictures[i]], default)[0])) Assert.Equal(a, b, 1e-4f);
        }
        using var mean = QwenEncoders.Pictures(model);
        Assert.Equal(model.Model.Config.Vision.OutHiddenSize, mean.Encode(pictures, default)[0].Length);
        using var texts = QwenEncoders.Texts(model);
        var both = texts.Encode(["What is the capital of Japan?", "", "Peru"], default);
        foreach (var (a, b) in both[2].Zip(texts.Encode(["Peru"], default)[0])) Assert.Equal(a, b, 1e-4f);
        Assert.Equal(0, Close.LeftBehind(() => { encoder.Encode(pictures, default); texts.Encode(["Peru"], default); }));
    }
}
