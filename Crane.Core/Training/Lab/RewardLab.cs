using System.Security.Cryptography;
using System.Text;
using Crane.Core.Benchmark;
using Crane.Core.Model;
using Crane.Core.Training.Grpo;
using Crane.Core.Training.Rewards;
using Crane.Core.Training.Routing;

namespace Crane.Core.Training.Lab;

/// <summary>A finished training of the lab.</summary>
/// <param name="Variant">What was paid.</param>
/// <param name="Model">With the weights of the last step; the caller disposes it.</param>
/// <param name="Prompts">What was asked.</param>
/// <param name="Log">A line a step.</param>
/// <param name="Rollouts">All answers with their rewards, step by step.</param>
public sealed record LabTraining(RewardVariant Variant, VisionLanguageModel Model, IReadOnlyList<GrpoPrompt> Prompts, IReadOnlyList<LogLine> Log,
    IReadOnlyList<RolloutRecord> Rollouts)
{
    /// <summary>Wall time of all steps, those before an interruption included.</summary>
    public double Seconds => Log.Sum(line => line["step_time"]);

    /// <summary>A component of every answer by a step, or another number of the log under its name there.</summary>
    public double[] Curve(string name) => [.. Log.Select(line => line[name])];

    /// <summary>What another reward would have said of the same answers: mean over each step, as a share of what a right chain earns there.</summary>
    /// <param name="other">For example the reward that was meant.</param>
    public double[] Judged(RewardVariant other) =>
        [.. Rollouts.GroupBy(rollout => rollout.Step).OrderBy(step => step.Key).Select(step => step.Average(rollout => Share(other, rollout)) ?? double.NaN)];

    /// <summary>What a reward says of an answer, as a share of what the right chain earns; null where that earns nothing.</summary>
    public double? Share(RewardVariant variant, RolloutRecord rollout) => Cheats.Share(variant, Task(rollout), rollout.Completion, rollout.Terminated);

    /// <summary>What was asked.</summary>
    public RoutingTask Task(RolloutRecord rollout) => (RoutingTask)Prompts[rollout.Prompt].Item!;
}

/// <summary>Trains the same checkpoint with one reward after the other.</summary>
/// <param name="checkpoint">Folder of the model that every training begins with.</param>
/// <param name="world">What it knows.</param>
/// <param name="settings">How each training runs.</param>
/// <param name="artifacts">Where runs are kept; one folder a variant.</param>
public sealed class RewardLab(string checkpoint, NanoWorld world, LabSettings settings, string artifacts)
{
    private readonly CraneRecipe recipe = new(world);

    /// <summary>A training's folder. The name of a variant may be any text.</summary>
    public string Folder(RewardVariant variant, string start) =>
        Path.Combine(artifacts, $"{Slug(variant.Name)}-{settings.Seed}-{settings.Steps}-{start[..12]}");

    /// <summary>Trains a variant, or goes on with its run; a run that is done is read.</summary>
    /// <param name="variant">What is paid.</param>
    /// <param name="fresh">Whether a run of this variant that is there is thrown away: the code of a reward may have changed, and a run does not
    /// notice.</param>
    /// <param name="progress">One report a step.</param>
    /// <param name="lines">Gets each line of the log.</param>
    /// <param name="cancellationToken">Ends the run after the present step; the next call goes on.</param>
    /// <exception cref="InvalidOperationException">The reward failed; it is named.</exception>
    public LabTraining Train(RewardVariant variant, bool fresh = false, IProgress<ProgressUpdate>? progress = null, IProgress<LogLine>? lines = null,
        CancellationToken cancellationToken = default)
    {
        var model = VisionLanguageModel.Load(checkpoint, cancellationToken: cancellationToken);
        try
        {
            var folder = Folder(variant, WeightHash.Of(model.Model));
            if (fresh && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
            CraneRecipe.FreezeVision(model.Model);
            var config = settings.Config(variant);
            var prompts = recipe.GrpoPrompts(config);
            var log = new GrpoTrainer(model.Model, new ChatCodec(model), prompts, CraneRecipe.Rewards(variant.Reward), config)
                .Run(folder, progress, lines, cancellationToken);
            return new(variant, model, prompts, log, [.. RolloutLog.Read(Path.Combine(folder, "rollouts.jsonl")).Where(rollout => rollout.Step <= log.Count)]);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Letters and digits of a name, and a few digits of its hash: two names never share a folder, and none leaves the folder of all.</summary>
    private static string Slug(string name) => string.Concat(name.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')).Trim('-')
        + "-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..6];
}
