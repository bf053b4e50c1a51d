using Crane.Core.Model;
using Crane.Core.Training;
using Crane.Core.Training.Grpo;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Training.Grpo;

[Collection(nameof(Torch))]
public class GrpoPartsTests
{
    [Fact]
    public void TokenLogProbs_PromptTreesAndPaddedRows_AreTheSameWithGradients()
    {
        using var scope = NewDisposeScope();
        using var small = SmallNano.Load();
        using (no_grad()) foreach (var parameter in small.Model.parameters()) parameter.add_(randn_like(parameter) * 0.05);
        var codec = new ChatCodec(small);
        EncodedPrompt[] prompts = [.. SmallNano.Prompts().Take(3).Select(p => codec.Encode(p.Question))];
        PolicyRow[] rows = [.. Enumerable.Range(0, 8)
            .Select(i => new PolicyRow(prompts[i * 5 % 3], [.. Enumerable.Range(0, 1 + i % 4).Select(t => 40 + 7 * i + t)], Counts: i != 4))];
        var (padded, paddedGradient) = Scored(small, rows, false);
        var (trees, treesGradient) = Scored(small, rows, true);
        Close.Assert("log-probabilities", padded, trees, 1e-5);
        Assert.Equal(0, trees[4].abs().sum().item<float>());
        foreach (var (name, gradient) in paddedGradient) Close.Assert(name, gradient, treesGradient[name], 2e-5);
        Assert.Contains(paddedGradient, g => g.Key.StartsWith("visual.", StringComparison.Ordinal) && g.Value.abs().max().item<float>() > 1e-4);
    }

    private static (Tensor LogProbs, Dictionary<string, Tensor> Gradients) Scored(VisionLanguageModel small, PolicyRow[] rows, bool trees)
    {
        small.Model.zero_grad();
        var (logProbs, entropies) = TokenLogProbs.Of(small.Model, rows, 0.9, 0, trees);
        (logProbs.sum() + entropies.sum()).backward();
        return (logProbs.detach(),
            small.Model.named_parameters().Where(p => p.parameter.grad is not null).ToDictionary(p => p.name, p => p.parameter.grad!.clone()));
    }

    [Fact]
    public void PolicyRollouts_LikelyTokens_AreWhatTheModelScoresLikely()
    {
        using var scope = NewDisposeScope();
        using var small = SmallNano.Load();
        using (no_grad()) foreach (var parameter in small.Model.parameters()) parameter.mul_(4);   // a policy with preferences
        var codec = new ChatCodec(small);
        EncodedPrompt[] prompts = [.. SmallNano.Prompts().Select(p => codec.Encode(p.Question))];
        var config = new GrpoConfig { MaxCompletionLength = 5, TopK = 1 };
        var source = new PolicyRollouts(small.Model, config.Sampling(codec.EosTokenIds, codec.PadTokenId), codec.NeverSampled);
        var written = source.Write(prompts, 2, seed: 1, CancellationToken.None);
        using var none = no_grad();
        foreach (var (i, tokens) in written.Index())   // greedy, token by token, without a cache
        {
            var prompt = prompts[i / 2];
            var ids = prompt.Ids.ToList();
            foreach (var token in tokens.Ids)
            {
                var input = ModelInput.Pad([[.. ids]], 0, left: false, prompt.Picture is null ? [] : [prompt.Picture]);
                var scores = small.Model.Forward(input)[0, -1].index_fill(0, tensor([.. codec.NeverSampled.Select(id => (long)id)]), double.NegativeInfinity);
                Assert.True(scores.max().item<float>() - scores[token].item<float>() < 1e-3, $"Completion {i}: token {token} is not the likeliest.");
                ids.Add(token);
            }
            Assert.True(tokens.Ids.Length == 5 || codec.EosTokenIds.Contains(tokens.Ids[^1]));
        }
        var sampled = new PolicyRollouts(small.Model, (config with { TopK = 0 }).Sampling([], 0), codec.NeverSampled);
        Assert.Equal(sampled.Write(prompts, 2, 5, default).SelectMany(w => w.Ids), sampled.Write(prompts, 2, 5, default).SelectMany(w => w.Ids));
        Assert.NotEqual(sampled.Write(prompts, 2, 5, default).SelectMany(w => w.Ids), sampled.Write(prompts, 2, 6, default).SelectMany(w => w.Ids));
    }

    [Fact]
    public void PolicyRollouts_MoreRowsThanABucket_StandWhereTheirPromptsStand()
    {
        using var small = SmallNano.Load();
        using (no_grad()) foreach (var parameter in small.Model.parameters()) parameter.mul_(4);
        var codec = new ChatCodec(small);
        EncodedPrompt[] prompts = [.. SmallNano.Prompts().Reverse().Select(p => codec.Encode(p.Question))];
        var source = new PolicyRollouts(small.Model, new GrpoConfig { MaxCompletionLength = 4, TopK = 1 }.Sampling(codec.EosTokenIds, codec.PadTokenId),
            codec.NeverSampled);
        var (few, many) = (source.Write(prompts, 1, 1, default), source.Write(prompts, 40, 1, default));   // 320 rows: buckets of 3 prompts, by length
        Assert.Equal(prompts.Length * 40, many.Count);
        Assert.True(few.Select(w => string.Join(',', w.Ids)).Distinct().Count() > 1);
        foreach (var (i, written) in many.Index()) Assert.Equal(few[i / 40].Ids, written.Ids);
    }

    [Fact]
    public void Rollouts_PicturesOfAPrompt_AreEncodedOnce()
    {
        using var small = SmallNano.Load();
        var codec = new ChatCodec(small);
        EncodedPrompt[] prompts = [.. SmallNano.Prompts().Take(4).Select(p => codec.Encode(p.Question))];
        var patches = 0L;
        var first = small.Model.named_modules()
            .First(m => m.name.StartsWith("visual", StringComparison.Ordinal) && m.name.EndsWith(".mlp", StringComparison.Ordinal)).module;
        ((nn.Module<Tensor, Tensor>)first).register_forward_hook((_, x, output) =>
        {
            patches += x.shape[0];
            return output;
        });
        var expected = prompts.Sum(prompt => prompt.Picture?.Grid.Patches ?? 0);
        Assert.True(expected > 0);
        new PolicyRollouts(small.Model, new GrpoConfig { MaxCompletionLength = 3 }.Sampling([], 0), codec.NeverSampled).Write(prompts, 8, 1, default);
        Assert.Equal(expected, patches);
        patches = 0;
        PolicyRow[] rows = [.. prompts.SelectMany(prompt => Enumerable.Range(0, 8).Select(i => new PolicyRow(prompt, [40 + i, 50], Learns: false)))];
        using var scope = NewDisposeScope();
        TokenLogProbs.Of(small.Model, rows, 1, 0, asTrees: false);
        TokenLogProbs.Of(small.Model, rows, 1, 0, asTrees: true);
        Assert.Equal(2 * expected, patches);   // once a layout, however many rows show it
    }

    [Theory]
    [InlineData(2.6, 8)]
    [InlineData(0.1, 8)]
    [InlineData(0.7, 6)]
    public void Of_EqualRewards_AreExactlyFlat(double reward, int generations)
    {
        using var scope = NewDisposeScope();
        var rewards = full([2 * generations, 1], (float)reward);
        rewards[generations, 0] = 0;   // the second group has a spread
        var result = Advantages.Of(rewards, ones(1), generations);
        Assert.All(result.Values[..generations].data<float>().ToArray(), advantage => Assert.Equal(0, advantage));
        Assert.Equal(Enumerable.Repeat(true, generations).Concat(Enumerable.Repeat(false, generations)), result.ZeroStd.data<bool>().ToArray());
    }

    [Theory]
    [InlineData("token_truncate", new[] { 2.0, 0.5, 1.0 })]
    [InlineData("token_mask", new[] { 0.0, 0.5, 1.0 })]
    [InlineData("sequence_truncate", new[] { 2.0 })]
    [InlineData("sequence_mask", new[] { 0.0 })]
    public void SamplerRatio_EachMode_KeepsItsBounds(string mode, double[] expected)
    {
        using var scope = NewDisposeScope();
        var (old, sampling) = (tensor(new[] { (float)Math.Log(5), (float)Math.Log(0.5), 9f }, [1, 3]), zeros(1, 3));
        var ratio = SamplerRatio.Of(old, sampling, tensor(new long[] { 1, 1, 0 }, [1, 3]), mode, least: 0.2, most: 2);   // ratios 5, ½, padding; product 2½
        Close.Assert(mode, tensor(expected, [1, expected.Length]), ratio, 1e-6);
    }

    [Fact]
    public void KlEstimators_SamplesOfAPolicy_MeanTheSameDivergence()
    {
        using var scope = NewDisposeScope();
        double[] p = [0.5, 0.3, 0.2], q = [0.4, 0.4, 0.2];
        var (policy, reference) = (tensor(p).log(), tensor(q).log());
        var exact = p.Zip(q, (a, b) => a * Math.Log(a / b)).Sum();
        Tensor Mean(Tensor values) => (tensor(p) * values).sum();
        Assert.Equal(exact, Mean(KlEstimators.K1(policy, reference)).item<double>(), 1e-12);
        Assert.Equal(exact, Mean(KlEstimators.K3(policy, reference)).item<double>(), 1e-12);
        Assert.NotEqual(exact, Mean(KlEstimators.K2(policy, reference)).item<double>(), 1e-5);
        Assert.True(KlEstimators.K1(policy, reference).min().item<double>() < 0 && KlEstimators.K3(policy, reference).min().item<double>() >= 0);
    }

    [Fact]
    public void GroupRelative_OneGroup_IsTheFormula()
    {
        using var scope = NewDisposeScope();
        double[] rewards = [1, 0, 0.5, 0.25];
        var mean = rewards.Average();
        var std = Math.Sqrt(rewards.Sum(r => (r - mean) * (r - mean)) / 3);
        Close.Assert("advantages", tensor([.. rewards.Select(r => (r - mean) / (std + 1e-4))]),
            Advantages.GroupRelative(tensor([.. rewards.Select(r => (float)r)]), 4), 1e-6);
    }

    [Fact]
    public void Warnings_SignsOfTrouble_AreSaidOnceUntilTheyPass()
    {
        var warnings = new GrpoWarnings();
        string[] Of(params (string Name, double Value)[] metrics) => [.. warnings.Of(metrics.ToDictionary(m => m.Name, m => m.Value))];
        Assert.Empty(Of(("entropy", 2), ("frac_reward_zero_std", 0.5), ("completions/clipped_ratio", 0.5)));
        Assert.Contains("rewarded alike", Assert.Single(Of(("entropy", 2), ("frac_reward_zero_std", 1))));
        Assert.Empty(Of(("entropy", 2), ("frac_reward_zero_std", 1)));
        Assert.Empty(Of(("entropy", 2), ("frac_reward_zero_std", 0.9)));
        Assert.Single(Of(("entropy", 2), ("frac_reward_zero_std", 1)));
        Assert.Contains("max_completion_length", Assert.Single(Of(("completions/clipped_ratio", 1))));
        Assert.Contains("collapsed", Assert.Single(Of(("entropy", 0.1))));   // a twentieth of the first
        Assert.Empty(Of(("loss", 0)));                                       // a step without a generation says nothing about rewards
        Assert.Empty(Of(("frac_reward_zero_std", 1), ("completions/clipped_ratio", 1)));
    }

    [Fact]
    public void Run_StoppedAndResumed_WarnsOnce()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        var logger = new Heard();
        void Run(int stopAfter)
        {
            using var small = SmallNano.Load();
            using var stop = new CancellationTokenSource();
            var config = new GrpoConfig { PerDeviceTrainBatchSize = 4, NumGenerations = 4, MaxCompletionLength = 3, MaxSteps = 4, LoggingSteps = 1,
                GradientCheckpointing = false };
            new GrpoTrainer(small.Model, new ChatCodec(small), SmallNano.Prompts(), [RewardFunction.Each("same", _ => 1)], config) { Logger = logger }
                .Run(folder, new Immediate<ProgressUpdate>(update => { if (update.Done == stopAfter) stop.Cancel(); }), cancellationToken: stop.Token);
        }
        Run(stopAfter: 2);
        Run(stopAfter: 9);
        Assert.Single(logger.Warnings, warning => warning.Contains("rewarded alike"));
    }

    [Fact]
    public void Run_RewardsAllEqual_WarnsAndLeavesTheWeights()
    {
        using var small = SmallNano.Load();
        var logger = new Heard();
        var before = WeightHash.Of(small.Model);
        var config = new GrpoConfig { PerDeviceTrainBatchSize = 4, NumGenerations = 4, MaxCompletionLength = 3, MaxSteps = 2, LearningRate = 0.1,
            LoggingSteps = 1, GradientCheckpointing = false };
        var lines = new GrpoTrainer(small.Model, new ChatCodec(small), SmallNano.Prompts(), [RewardFunction.Each("same", _ => 1)], config) { Logger = logger }
            .Run();
        Assert.Equal(before, WeightHash.Of(small.Model));
        Assert.All(lines, line => Assert.Equal(1, line["frac_reward_zero_std"]));
        Assert.Single(logger.Warnings, warning => warning.Contains("rewarded alike"));
        Assert.Single(logger.Warnings, warning => warning.Contains("max_completion_length"));
    }

    [Fact]
    public void CustomLoss_OfTheReader_TakesThePlaceOfTheNamedOne()
    {
        using var small = SmallNano.Load();
        var calls = 0;
        var own = new GrpoLossType((t, _) =>
        {
            calls++;
            return new(-t.Ratio * t.Advantages, []);
        }, LossReductions.MeanOfTokens);
        var config = new GrpoConfig { PerDeviceTrainBatchSize = 4, NumGenerations = 4, MaxCompletionLength = 3, MaxSteps = 2, LoggingSteps = 1,
            CustomLoss = own, GradientCheckpointing = false };
        new GrpoTrainer(small.Model, new ChatCodec(small), SmallNano.Prompts(), [RewardFunction.Each("first", r => r.Ids[0])], config).Run();
        Assert.Equal(2, calls);
    }

    [Fact]
    public void CustomAdvantages_OfTheReader_TakeThePlaceOfTheNamedOnes()
    {
        using var small = SmallNano.Load();
        var folder = Directory.CreateTempSubdirectory().FullName;
        var config = new GrpoConfig { PerDeviceTrainBatchSize = 8, NumGenerations = 4, MaxCompletionLength = 3, MaxSteps = 1, LoggingSteps = 1,
            RewardWeights = [2, 1], GradientCheckpointing = false, CustomAdvantages = BehindTheBest };
        static Tensor BehindTheBest(Tensor rewards, Tensor weights, int generations)
        {
            var sums = (rewards * weights).sum(1).view(-1, generations);
            return (sums - sums.amax([1L], keepdim: true)).flatten();
        }
        GrpoTrainer With(GrpoConfig with) => new(small.Model, new ChatCodec(small), SmallNano.Prompts(),
            [RewardFunction.Each("first", r => r.Ids[0] % 5), RewardFunction.Each("second", r => r.Ids[^1] % 3)], with);
        With(config).Run(folder);
        foreach (var group in RolloutLog.Read(Path.Combine(folder, "rollouts.jsonl")).Chunk(4))
            Assert.All(group, r => Assert.Equal(r.Reward!.Value - group.Max(other => other.Reward!.Value), r.Advantage, 1e-5));
        Assert.Contains("CustomAdvantages gave [2, 4] for 8 completions", Assert.Throws<InvalidOperationException>(() =>
            With(config with { CustomAdvantages = (rewards, _, _) => rewards[.., 0].view(2, 4) }).Run()).Message);
        Assert.Contains("not finite", Assert.Throws<InvalidOperationException>(() =>
            With(config with { CustomAdvantages = (rewards, _, _) => zeros_like(rewards[.., 0]).log() }).Run()).Message);
    }

    [Fact]
    public void Run_AnotherSampler_IsCorrectedAndMeasured()
    {
        using var small = SmallNano.Load();
        var config = new GrpoConfig { PerDeviceTrainBatchSize = 4, NumGenerations = 4, MaxCompletionLength = 3, MaxSteps = 1, LoggingSteps = 1,
            GradientCheckpointing = false };
        LogLine Line(bool known, GrpoConfig with) => new GrpoTrainer(small.Model, new ChatCodec(small), SmallNano.Prompts(),
            [RewardFunction.Each("first", r => r.Ids[0] % 3)], with with { LearningRate = 0 }) { Rollouts = new Other(known) }.Run()[0];
        var line = Line(true, config);
        Assert.True(line["sampling/sampling_logp_difference/mean"] > 1);          // the sampler says 1 for each token, the policy about 1/1536
        Assert.Equal(Math.Exp(-3 * line["sampling/sampling_logp_difference/mean"]), line["sampling/importance_sampling_ratio/mean"], 1e-4);
        Assert.True(Line(true, config with { VllmImportanceSamplingClipMin = 0.5 })["grad_norm"] == 0);   // every ratio is out of bounds
        Assert.True(Line(false, config)["grad_norm"] > 0);
        Assert.DoesNotContain(Line(false, config).Values.Keys, name => name.StartsWith("sampling/", StringComparison.Ordinal));
    }

    private sealed class Other(bool known) : IRolloutSource
    {
        public bool IsPolicy => false;

        public IReadOnlyList<WrittenTokens> Write(IReadOnlyList<EncodedPrompt> prompts, int generations, int seed, CancellationToken cancellationToken) =>
            [.. Enumerable.Range(0, prompts.Count * generations).Select(i => new WrittenTokens([40 + i, 50, 60], known ? [0, 0, 0] : null))];
    }

    [Fact]
    public async Task Evaluation_ServedModel_SendsPicturesAndScoresItsWords()
    {
        var client = new Server();
        var rewards = new[] { RewardFunction.Each("polite", r => r.Text.Contains("please") ? 1 : 0) };
        var result = await GrpoEvaluation.OfAsync(client, SmallNano.Prompts()[..2], rewards,
            new GrpoConfig { NumGenerationsEval = 3, MaxCompletionLength = 9, Temperature = 0.7 });
        Assert.Equal(6, client.Asked);
        Assert.Equal(6, client.Seeds.Distinct().Count());   // three answers to a question are three draws
        Assert.Equal(3, client.Pictures);   // one of the two questions shows one
        Assert.Equal(0.5, result.Metrics["eval_rewards/polite/mean"], 1e-6);
        Assert.Equal(1.0 / 6, result.Metrics["eval_completions/clipped_ratio"], 1e-6);
        Assert.Equal(6, result.Rollouts.Count);
        Assert.Equal([1.0, 0, 1, 0, 1, 0], result.Rollouts.Select(r => r.Rewards["polite"]!.Value));
    }

    private sealed class Server : IChatClient
    {
        public int Asked { get; private set; }

        public int Pictures { get; private set; }

        public List<long?> Seeds { get; } = [];

        public Task<ChatResponse> GetResponseAsync(IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages,
            Microsoft.Extensions.AI.ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            Assert.Equal(9, options!.MaxOutputTokens);
            Assert.Equal(0.7f, options.Temperature);
            Seeds.Add(options.Seed);
            var contents = messages.Single().Contents;
            Assert.Equal(contents.Count - 1, contents.TakeWhile(content => content is DataContent { MediaType: "image/png" }).Count());   // then the words
            Assert.StartsWith("Whose flag is this?", Assert.IsType<TextContent>(contents[^1]).Text);
            Pictures += contents.Count - 1;
            var text = Asked++ % 2 == 0 ? "Yes, please." : "No.";
            return Task.FromResult(new ChatResponse(new Microsoft.Extensions.AI.ChatMessage(ChatRole.Assistant, text)) { FinishReason = Asked == 6
                ? ChatFinishReason.Length : ChatFinishReason.Stop, Usage = new() { OutputTokenCount = 3 } });
        }

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages,
            Microsoft.Extensions.AI.ChatOptions? options = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }

    private sealed class Heard : ILogger
    {
        public List<string> Warnings { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Warnings.Add(formatter(state, exception));
    }
}
