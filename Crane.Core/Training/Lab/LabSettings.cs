using Crane.Core.Training.Grpo;
using Crane.Core.Training.Routing;

namespace Crane.Core.Training.Lab;

/// <summary>How the lab trains: hotter and faster than the recipe, so that within two minutes on one thread it shows what a reward asks for. It is a stress
/// test of rewards and no
/// way to make a good model.</summary>
public sealed record LabSettings
{
    /// <summary>Fixes questions, order and draws.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Optimiser steps.</summary>
    public int Steps { get; init; } = 60;

    /// <summary>Questions of a step.</summary>
    public int Questions { get; init; } = 8;

    /// <summary>Answers to each question, at least 2.</summary>
    public int Answers { get; init; } = 8;

    /// <summary>The recipe's times six.</summary>
    public double LearningRate { get; init; } = 3e-4;

    /// <summary>At 1 the policy after SFT writes nearly the same every time, and no reward can tell its answers apart.</summary>
    public double Temperature { get; init; } = 1.5;

    /// <summary>The trainer's settings for a variant. Only the reward differs between two variants: questions, draws and all else are the same.</summary>
    public GrpoConfig Config(RewardVariant variant) => CraneRecipe.Grpo(Seed, Steps) with
    {
        PerDeviceTrainBatchSize = Questions * Answers, NumGenerations = Answers, LearningRate = LearningRate, Temperature = Temperature,
        WarmupSteps = Math.Min(3, Steps), SaveSteps = 10,
        MaxCompletionLength = 128, RewardWeights = [.. variant.Reward.Terms.Select(term => term.Weight)],
    };
}
