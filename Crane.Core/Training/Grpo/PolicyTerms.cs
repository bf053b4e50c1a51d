using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>What a policy loss is made of. Rows are completions, tokens their tokens.</summary>
/// <param name="LogProbs">log π(token), with gradient <c>[rows, tokens]</c>.</param>
/// <param name="LogRatio">log π − log π_old <c>[rows, tokens]</c>.</param>
/// <param name="Ratio">The importance weight: <c>[rows, tokens]</c>, or <c>[rows, 1]</c> at the level of sequences.</param>
/// <param name="Advantages"><c>[rows, 1]</c>, or <c>[rows, tokens]</c>.</param>
/// <param name="Mask">1 where a token counts <c>[rows, tokens]</c>.</param>
/// <param name="SamplerRatio">π_old over the sampler that wrote the tokens, or null <c>[rows, tokens]</c> or <c>[rows, 1]</c>.</param>
public sealed record PolicyTerms(Tensor LogProbs, Tensor LogRatio, Tensor Ratio, Tensor Advantages, Tensor Mask, Tensor? SamplerRatio);

/// <summary>A quantity that a loss reports.</summary>
/// <param name="Name">TRL's name.</param>
/// <param name="Values"><c>[rows, tokens]</c> or <c>[rows, 1]</c>.</param>
/// <param name="Summary">Turns values and mask into a scalar, for example <see cref="Masked.Mean"/>.</param>
public sealed record Observation(string Name, Tensor Values, Func<Tensor, Tensor, Tensor> Summary);

/// <summary>The loss of every token before masks, KL and reduction.</summary>
/// <param name="PerToken"><c>[rows, tokens]</c>, or <c>[rows, 1]</c>.</param>
/// <param name="Observations">What it reports.</param>
public sealed record Surrogate(Tensor PerToken, IReadOnlyList<Observation> Observations);
