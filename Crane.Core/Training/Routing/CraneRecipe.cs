using Crane.Core.Benchmark;
using Crane.Core.Model;
using Crane.Core.Text;
using Crane.Core.Training.Grpo;
using Crane.Core.Training.Pretraining;
using Crane.Core.Training.Rewards;
using Crane.Core.Training.Sft;

namespace Crane.Core.Training.Routing;

/// <summary>How the nano base becomes CRANE: SFT teaches the chain that looks every step up, GRPO with the Cognitive Routing Reward when to follow
/// (data/crane/README.md says what each brought). All prompts come from the train split; beside them stand facts of the base's own curriculum, without a note,
/// so that it does not forget what it sees.</summary>
public sealed class CraneRecipe
{
    private const double ReplayShare = 0.19, ChecklistShare = 0.14, DrillShare = 0.08, AnswersShare = 0.35;
    private const int SftStream = 1, GrpoStream = 2, DrillVocabulary = 1500, FewestOfDrill = 4, MostOfDrill = 9, ValuesOfDrill = 8, MostDistractorsOfGrpo = 5;

    /// <summary>Most tokens of an answer under CRANE: a chain through four edits with long names takes more than the base's chains do.</summary>
    public const int MaxNewTokens = 192;

    private static readonly Dictionary<string, double> Replay = new() { ["flag"] = 0.40, ["landmark"] = 0.30, ["fact"] = 0.25, ["fact/capital"] = 0.05 };

    private readonly bool wide;
    private readonly LookUps own, open;
    private readonly OpenAttributes values;
    private readonly RoutingLessons lessons, hard, recall;
    private readonly IReadOnlyDictionary<string, Func<Random, Lesson>> curriculum;

    /// <summary>The recipe over a world.</summary>
    /// <param name="world">What the base knows.</param>
    /// <param name="topics">What is asked about.</param>
    /// <param name="wide">Whether lessons go beyond what the benchmark asks (<see cref="RoutingLessons"/>), with drills beside them.</param>
    public CraneRecipe(NanoWorld world, RoutingTopics topics = RoutingTopics.All, bool wide = false)
    {
        this.wide = wide;
        var (pool, all) = (RoutingPool.Of(world, "train"), new LookUps(world.World));
        own = new(world.World, pool.Others);
        AnyNames plain = new(own), mixed = new(own, all);
        open = new(world.World, pool.Others, random => OpenAttributes.Next(random).Name, mixed.Next);
        values = new(mixed);
        lessons = new(world, pool, wide ? mixed : plain, topics: topics, wide: wide);
        hard = new(world, pool, plain, topics: topics, mostDistractors: MostDistractorsOfGrpo, wide: true);   // what SFT has not met leaves the policy undecided
        recall = new(world, RoutingPool.Whole(world), new(all), mostDistractors: 0);
        curriculum = Curriculum.Lessons(new WorldLessons(world, all, PhrasingSet.Wide, yesNo: 0.2), all);
    }

    /// <summary>Settings of SFT, of each replica.</summary>
    /// <param name="seed">Of lessons and order.</param>
    /// <param name="steps">Optimiser steps; null: 800, 2,000 for wide lessons.</param>
    /// <param name="wide">Whether lessons are wide.</param>
    public static SftConfig Sft(int seed, int? steps = null, bool wide = false) => new()
    {
        PerDeviceTrainBatchSize = 8, GradientAccumulationSteps = 4, NumTrainEpochs = 1, MaxSteps = steps ?? (wide ? 2000 : 800),
        LearningRate = 1e-3, LrSchedulerType = "cosine", WarmupSteps = 20, AdamBeta2 = 0.98, WeightDecay = 0.02,
        GradientCheckpointing = false, MaxLength = null, SortInStep = true, LoggingSteps = 10, SaveSteps = 200, Seed = seed,
    };

    /// <summary>Settings of GRPO.</summary>
    /// <param name="seed">Of prompts, order and draws.</param>
    /// <param name="steps">Optimiser steps.</param>
    public static GrpoConfig Grpo(int seed, int steps = 60) => new()
    {
        NumGenerations = 8, PerDeviceTrainBatchSize = 96, MaxCompletionLength = 160, LearningRate = 5e-5, LrSchedulerType = "constant_with_warmup",
        WarmupSteps = 5, MaxSteps = steps,
        LossType = "grpo", AdamBeta2 = 0.98, GradientCheckpointing = false, LoggingSteps = 1, SaveSteps = 50, Seed = seed,
            RewardWeights = [.. CognitiveRoutingReward.Default.Terms.Select(t => t.Weight)],
    };

    /// <summary>A demonstration.</summary>
    public Lesson Lesson(Random random) => random.NextDouble() switch
    {
        < ReplayShare => curriculum[Curriculum.Draw(Replay, random)](random),
        < ReplayShare + ChecklistShare => (wide && random.Next(2) == 0 ? open : own).Checklist(random),
        _ => lessons.Next(random).Lesson,
    };

    /// <summary>Rows of an SFT run, made when they are asked for.</summary>
    /// <param name="model">Whose tokenizer and chat template encode them.</param>
    /// <param name="config">Says how many.</param>
    /// <param name="replica">0, 1, …: each takes the next rows of the endless stream of a seed.</param>
    public MadeRows SftRows(VisionLanguageModel model, SftConfig config, int replica = 0)
    {
        var encoder = new RowEncoder(model.Tokenizer, model.Prompts);
        var count = config.MaxSteps * config.PerDeviceTrainBatchSize * config.GradientAccumulationSteps;
        return new(count, i => Row(encoder, model.Tokenizer, Seeds.Random(config.Seed, SftStream, replica * count + i)));
    }

    /// <summary>A lesson, or now and then a drill, so that copying holds for names that no lesson has: look-ups among random tokens, or answers that say
    /// again what a chain ends with.</summary>
    private TrainingRow Row(RowEncoder encoder, QwenTokenizer tokenizer, Random random) => !wide || random.NextDouble() >= DrillShare ? encoder.Encode(Lesson(random))
        : RowEncoder.Encode(random.NextDouble() < AnswersShare
            ? TokenDrills.Answers(tokenizer.Encode, Enumerable.Range(0, ValuesOfDrill).Select(_ => values.Value(random)))
            : TokenDrills.BindLong(random, DrillVocabulary, encoder.Words, random.Next(FewestOfDrill, MostOfDrill + 1)));

    /// <summary>A task for GRPO: half of those with entries meet an edit that applies. One in four has no entry and asks for what the base knows: without such,
    /// GRPO forgets the facts that its edits do not pass.</summary>
    public RoutingTask Task(int seed, int index)
    {
        if (index % 4 == 3) return recall.Next(Seeds.Random(seed, GrpoStream, index), applies: false);
        for (var attempt = 0; ; attempt++)
            if (hard.Next(Seeds.Random(seed, GrpoStream, index, attempt), applies: index % 8 is 0 or 2 or 5)
                is { IsAnswerable: true, Context.Entries.Count: > 0 } task) return task;
    }

    /// <summary>Prompts of a GRPO run; each carries its <see cref="RoutingTask"/>.</summary>
    public IReadOnlyList<GrpoPrompt> GrpoPrompts(GrpoConfig config) =>
        [.. Enumerable.Range(0, config.MaxSteps * config.GradientAccumulationSteps * config.PerDeviceTrainBatchSize / config.NumGenerations)
            .Select(i => Task(config.Seed, i)).Select(task => new GrpoPrompt(task.Question, task))];

    /// <summary>The components of a reward as TRL takes them, one function each.</summary>
    public static IReadOnlyList<RewardFunction> Rewards(CognitiveRoutingReward reward) => [.. reward.Terms.Select(term => RewardFunction.Each(term.Name,
        rollout => term.Of(((RoutingTask)rollout.Prompt.Item!).Context, ReasoningParser.Parse(rollout.Text, rollout.Terminated))))];

    /// <summary>Freezes the vision tower: what is learnt is how to use what it sees.</summary>
    public static void FreezeVision(QwenVl model)
    {
        foreach (var (name, parameter) in model.named_parameters())
            if (name.StartsWith("visual", StringComparison.Ordinal)) parameter.requires_grad = false;
    }
}
