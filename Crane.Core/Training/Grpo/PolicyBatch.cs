using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>A micro batch of completions as the loss reads it. Rows are completions, tokens their tokens, padded on the right.</summary>
public sealed record PolicyBatch
{
    /// <summary>1 where a token counts <c>[rows, tokens]</c> int64.</summary>
    public required Tensor CompletionMask { get; init; }

    /// <summary><c>[rows]</c>, or one a token <c>[rows, tokens]</c>.</summary>
    public required Tensor Advantages { get; init; }

    /// <summary>Tokens that count in the whole generation batch.</summary>
    public required long NumItemsInBatch { get; init; }

    /// <summary>log π of the policy that wrote the tokens, or null where it is the present one <c>[rows, tokens]</c>.</summary>
    public Tensor? OldLogProbs { get; init; }

    /// <summary>log π of the reference, needed for beta above 0 <c>[rows, tokens]</c>.</summary>
    public Tensor? RefLogProbs { get; init; }

    /// <summary>log π as the sampler gave it, where that is another program <c>[rows, tokens]</c>.</summary>
    public Tensor? SamplingLogProbs { get; init; }

    /// <summary>See <see cref="Grpo.SamplerRatio"/>; null: not corrected.</summary>
    public Tensor? SamplerRatio { get; init; }

    /// <summary>0 at tokens that a tool wrote, not the policy; null: there are none <c>[rows, tokens]</c>.</summary>
    public Tensor? ToolMask { get; init; }

    /// <summary>The tokens that the loss is about.</summary>
    public Tensor Mask => ToolMask is null ? CompletionMask : CompletionMask * ToolMask;
}
