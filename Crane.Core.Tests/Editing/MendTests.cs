using Crane.Core.Editing;
using Crane.Core.Model;
using Crane.Core.Training;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Editing;

[Collection(nameof(Torch))]
public class MendTests
{
    private static readonly MendConfig Config = MendConfig.Nano with { EditLr = 1e-2, MaxIters = 400 };

    private static readonly MetaExample[] Examples =
    [
        new(Edits.Visual, [new("Which country has this flag?", Edits.Visual.Question.Picture)], [(Edits.Corpus[0], "Italy"), (Edits.Corpus[7], "Santiago")]),
        new(Edits.Textual, [new("What is the currency of France?")], [(Edits.Corpus[1], "Chile"), (Edits.Corpus[8], "Nairobi")]),
    ];

    [Theory]
    [InlineData(false, "visual")]
    [InlineData(true, "visual")]
    [InlineData(false, "textual")]
    [InlineData(false, "both")]
    public void Apply_FreshNetwork_IsExactlyAGradientStep(bool seen, string kind)
    {
        Edit[] edits = kind switch { "visual" => [Edits.Visual], "textual" => [Edits.Textual], _ => [Edits.Visual, Edits.Textual] };
        using var scope = NewDisposeScope();
        using var model = Edits.Load();
        using var network = new MendNetwork(model, Config);
        var (input, labels) = TargetBatch.Of(model, edits, TargetForm.Answer);
        if (seen) network.Changes(input, labels, observe: true);   // a norm that has seen data changes nothing yet
        model.Model.zero_grad();
        CausalLoss.Of(model.Model, input, labels).Loss.backward();
        var expected = network.Matrices.ToDictionary(m => m.name, m => (m.parameter - Config.EditLr * m.parameter.grad!).detach().clone());
        var before = network.Matrices.ToDictionary(m => m.name, m => m.parameter.detach().clone());
        using var editor = new Mend(network);
        editor.Apply(edits);
        Assert.Equal(6, expected.Count);
        foreach (var (name, parameter) in network.Matrices)
        {
            Close.Assert(name, expected[name], parameter, 1e-7);
            Assert.True(Close.Difference(before[name], parameter) > 1e-5, name);
        }
    }

    [Fact]
    public void Train_Examples_LowersTheLossAndLeavesTheModel()
    {
        using var scope = NewDisposeScope();
        using var model = Edits.Load();
        var hash = WeightHash.Of(model.Model);
        using var network = new MendNetwork(model, Config with { MaxIters = 30 });
        var losses = network.Train(Examples);
        Assert.Equal(hash, WeightHash.Of(model.Model));
        Assert.True(losses.TakeLast(8).Average() < 0.8 * losses.Take(8).Average(), $"{losses.Take(8).Average()} → {losses.TakeLast(8).Average()}");
        using var editor = new Mend(network);
        var before = Edits.Loss(model, Edits.Visual);
        editor.Apply(Edits.Visual);
        Assert.True(Edits.Loss(model, Edits.Visual) < before);
    }

    [Fact]
    public void Train_Gradient_EqualsFiniteDifferences()
    {
        using var scope = NewDisposeScope();
        using var model = Edits.Load();
        using var network = new MendNetwork(model, Config with { EditLr = 0.05, Layers = [-1] });
        var (input, labels) = TargetBatch.Of(model, [Edits.Textual], TargetForm.Answer);
        var length = network.StepLengths.First().parameter;
        double Loss(double at)
        {
            using (no_grad()) length.fill_(at);
            using var editor = new Mend(network);
            editor.Apply(Edits.Textual);
            return Edits.Loss(model, Edits.Textual);
        }
        var slope = (Loss(0.06) - Loss(0.04)) / 0.02;
        using (no_grad()) length.fill_(0.05);
        var changes = network.Changes(input, labels, observe: false);
        using (no_grad()) foreach (var ((_, weight), change) in network.Matrices.Zip(changes)) weight.add_(change);
        model.Model.zero_grad();
        CausalLoss.Of(model.Model, input, labels).Loss.backward();
        changes.Zip(network.Matrices, (change, matrix) => (change * matrix.parameter.grad!.clone()).sum()).Aggregate((a, b) => a + b).backward();
        Assert.Equal(slope, length.grad!.item<float>(), Math.Abs(slope) * 0.05);
    }

    [Fact]
    public void Save_ThenLoad_GivesTheSameNetwork_AndAnotherShapeIsRefused()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "mend.safetensors");
        using var scope = NewDisposeScope();
        using var model = Edits.Load();
        using var network = new MendNetwork(model, Config with { MaxIters = 2 });
        network.Train(Examples);
        network.Save(file);
        using var again = new MendNetwork(model, Config with { Seed = 9 });
        again.Load(file);
        foreach (var ((name, expected), (_, actual)) in network.State.Zip(again.State)) Assert.True(Edits.Same(expected, actual), name);
        using var other = new MendNetwork(model, Config with { Rank = 8 });
        Assert.Contains("another shape", Assert.Throws<InvalidDataException>(() => other.Load(file)).Message);
    }

    [Fact]
    public void Divergence_OfADistributionFromItself_IsNothing()
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        var (p, q) = (randn(3, 8).log_softmax(-1), randn(3, 8).log_softmax(-1));
        Assert.Equal(0, MetaLoss.Divergence(p, p).item<float>(), 1e-6);
        var byHand = Enumerable.Range(0, 3).Average(row =>
            Enumerable.Range(0, 8).Sum(i => Math.Exp(p[row, i].item<float>()) * (p[row, i].item<float>() - q[row, i].item<float>())));
        Assert.Equal(byHand, MetaLoss.Divergence(p, q).item<float>(), 1e-5);
    }
}
