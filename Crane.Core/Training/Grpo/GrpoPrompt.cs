using Crane.Core.Model;
using Crane.Core.Vision;

namespace Crane.Core.Training.Grpo;

/// <summary>One row of the training set.</summary>
/// <param name="Question">What is asked, with its picture.</param>
/// <param name="Item">Whatever rewards need to judge an answer, for example the expected one.</param>
public sealed record GrpoPrompt(Question Question, object? Item = null);

/// <summary>A prompt as the model reads it.</summary>
/// <param name="Ids">Tokens, placeholders of the picture included.</param>
/// <param name="Picture">Its patches, or null.</param>
public sealed record EncodedPrompt(int[] Ids, VisionInput? Picture = null);

/// <summary>A completion that is to be rewarded.</summary>
/// <param name="Prompt">What it answers.</param>
/// <param name="Ids">Its tokens, the closing one included; at least one.</param>
/// <param name="Text">Its text, special tokens left out.</param>
/// <param name="Terminated">Whether it ended by itself; otherwise it was cut off at max_completion_length.</param>
public sealed record Rollout(GrpoPrompt Prompt, int[] Ids, string Text, bool Terminated);

/// <summary>A completion as a source writes it.</summary>
/// <param name="Ids">Its tokens, the closing one included; at least one.</param>
/// <param name="LogProbs">log-probability of each under the sampler, where <see cref="IRolloutSource.IsPolicy"/> is false and it knows them; otherwise
/// null.</param>
public sealed record WrittenTokens(int[] Ids, float[]? LogProbs = null)
{
    /// <summary>Refuses what could not be learnt from.</summary>
    /// <exception cref="InvalidOperationException">A completion has no token, or another number of log-probabilities than tokens; it is named.</exception>
    internal static void Check(IReadOnlyList<WrittenTokens> written, int generations)
    {
        foreach (var (i, (ids, logProbs)) in written.Index())
            if (ids.Length == 0 || logProbs is not null && logProbs.Length != ids.Length)
                throw new InvalidOperationException($"The source's completion {i % generations} of prompt {i / generations} has {ids.Length} tokens and "
                    + $"{logProbs?.Length.ToString() ?? "no"} log-probabilities; it must have at least one token, the closing one, and one "
                    + "log-probability each, or none at all.");
    }
}
