namespace Crane.Core.Training.Grpo;

/// <summary>Writes completions.</summary>
public interface IRolloutSource
{
    /// <summary>Whether the tokens are drawn from the policy that is trained, at its present weights. If not, log π_old is always computed, and
    /// <see cref="SamplerRatio"/> corrects for the difference where log-probabilities are known.</summary>
    bool IsPolicy { get; }

    /// <summary>Completions of some prompts.</summary>
    /// <param name="prompts">Different prompts.</param>
    /// <param name="generations">Completions of each.</param>
    /// <param name="seed">The same seed and weights give the same tokens.</param>
    /// <param name="cancellationToken">Checked between tokens.</param>
    /// <returns>generations × prompts, those of a prompt as neighbours.</returns>
    IReadOnlyList<WrittenTokens> Write(IReadOnlyList<EncodedPrompt> prompts, int generations, int seed, CancellationToken cancellationToken);
}
