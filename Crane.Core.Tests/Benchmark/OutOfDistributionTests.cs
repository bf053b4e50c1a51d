using Crane.Core.Benchmark;

namespace Crane.Core.Tests.Benchmark;

public class OutOfDistributionTests
{
    private static readonly IReadOnlyList<BenchmarkEdit> Edits = OutOfDistribution.Shipped();

    [Fact]
    public void Generate_WithTheShippedSeed_GivesTheShippedBytes()
    {
        Assert.Equal(File.ReadAllBytes(DataFolder.Of("benchmark", "ood", "ood.jsonl")), BenchmarkFile.Bytes(OutOfDistribution.Generate()));
        Assert.NotEqual(BenchmarkFile.Hash(Edits), BenchmarkFile.Hash(OutOfDistribution.Generate(seed: 21)));
    }

    [Fact]
    public void Shipped_Questions_AskForWhatNoSplitAsksFor()
    {
        string[] splits = [.. ((string[])["train", "dev", "test"]).SelectMany(BenchmarkFile.Shipped).SelectMany(edit => edit.Probes)
            .Select(probe => probe.Question)];
        foreach (var word in Edits.Select(edit => edit.Attribute).OfType<string>().Distinct())
            Assert.DoesNotContain(splits, question => question.Contains($"the {word} of", StringComparison.Ordinal)
                || question.Contains($"Which {word} ", StringComparison.Ordinal));
        Assert.Equal(OutOfDistribution.Kinds, Edits.Select(edit => edit.Kind).Distinct());
    }

    [Fact]
    public void Shipped_EntitiesThatNobodyMet_AreNeitherKnownNorOfTheTrainingSplits()
    {
        var known = NanoWorld.Load().Countries.Select(country => country.Name).ToHashSet();
        var trained = ((string[])["train", "dev"]).SelectMany(BenchmarkFile.Shipped).Select(edit => edit.Subject).ToHashSet();
        var unknown = Edits.Where(edit => edit.Kind.StartsWith("unknown", StringComparison.Ordinal)).ToList();
        Assert.All(unknown, edit => Assert.False(known.Contains(edit.Subject) || trained.Contains(edit.Subject), edit.Subject));
        Assert.All(Edits, edit => Assert.NotEqual(edit.OldAnswer, edit.Target));
        Assert.All(Edits.SelectMany(edit => edit.Probes), probe => Assert.Equal(probe.Answer, probe.Chain[^1]));
    }
}
