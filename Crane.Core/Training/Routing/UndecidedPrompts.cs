using Crane.Core.Model;
using Crane.Core.Text;
using Crane.Core.Training.Grpo;
using Crane.Core.Training.Rewards;

namespace Crane.Core.Training.Routing;

/// <summary>Chooses prompts for GRPO that can teach something. After SFT the policy answers most prompts alike every time; their groups have no spread and no
/// gradient. Two thirds of the chosen prompts are such that a few samples of the policy earn different rewards (as DAPO's dynamic sampling wants it,
/// arXiv 2503.14476, but once, before the training); the last third is not chosen, so that what the policy does well is asked too.</summary>
public static class UndecidedPrompts
{
    private const int Samples = 4, Block = 32, CandidatesPerPrompt = 5, SampleStream = 3;

    /// <summary>Prompts of a GRPO run, as many as it reads; half of the undecided ones meet an edit that applies, where the candidates have enough of
    /// both.</summary>
    /// <param name="model">The policy as it begins.</param>
    /// <param name="recipe">Source of candidates.</param>
    /// <param name="config">Of the run: its seed, size and sampling.</param>
    /// <param name="reward">What is to be learnt.</param>
    /// <param name="progress">One report a block of candidates.</param>
    /// <param name="cancellationToken">Ends the choice.</param>
    public static IReadOnlyList<GrpoPrompt> Choose(VisionLanguageModel model, CraneRecipe recipe, GrpoConfig config, CognitiveRoutingReward reward,
        IProgress<ProgressUpdate>? progress = null, CancellationToken cancellationToken = default)
    {
        var ordinary = recipe.GrpoPrompts(config);
        var ofEach = ordinary.Count / 3;   // applies, does not apply, not chosen
        List<GrpoPrompt> applies = [], others = [];
        var sampling = model.Generation with
        {
            DoSample = true, Temperature = config.Temperature, TopK = config.TopK, MaxNewTokens = config.MaxCompletionLength,
        };
        for (var at = 0; at < CandidatesPerPrompt * ordinary.Count && (applies.Count < ofEach || others.Count < ofEach); at += Block)
        {
            RoutingTask[] tasks = [.. Enumerable.Range(ordinary.Count + at, Block).Select(i => recipe.Task(config.Seed, i))
                .Where(task => Wanted(task).Count < ofEach)];
            if (tasks.Length == 0) continue;
            var said = model.GenerateSeeded([.. tasks.SelectMany(task => Enumerable.Repeat(task.Question, Samples))],
                [.. Enumerable.Range(0, tasks.Length * Samples).Select(i => Seeds.Random(config.Seed, SampleStream, at, i).Next())], sampling,
                    cancellationToken: cancellationToken);
            foreach (var (task, samples) in tasks.Zip(said.Chunk(Samples)))
                if (Wanted(task) is var list && list.Count < ofEach && samples.Select(s => Worth(task, s)).Distinct().Count() > 1)
                    list.Add(new(task.Question, task));
            progress?.Report(new("choosing prompts", applies.Count + others.Count, 2 * ofEach, $"{at + Block} candidates"));
        }
        return [.. applies, .. others, .. ordinary.Take(ordinary.Count - applies.Count - others.Count)];

        List<GrpoPrompt> Wanted(RoutingTask task) => task.Context.Entries.Any(entry => entry.Applies) ? applies : others;
        double Worth(RoutingTask task, Completion said) =>
            reward.Score(task.Context, ReasoningParser.Parse(said.Text, said.Tokens.Finish == Model.Generation.FinishReason.Stop)).Total;
    }
}
