using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>From log-ratios of tokens to the log of the importance weight, by level (TRL: importance_sampling_level).</summary>
public static class ImportanceRatio
{
    /// <summary>The levels: functions of log π − log π_old <c>[rows, tokens]</c> and the mask.</summary>
    public static IReadOnlyDictionary<string, Func<Tensor, Tensor, Tensor>> Levels { get; } = new Dictionary<string, Func<Tensor, Tensor, Tensor>>
    {
        ["token"] = Token,
        ["sequence"] = Sequence,
        ["sequence_token"] = SequenceToken,
    };

    /// <summary>Each token for itself: log ratio. PPO, GRPO. <c>[rows, tokens]</c></summary>
    public static Tensor Token(Tensor logRatio, Tensor mask) => logRatio;

    /// <summary>One weight a row: the mean log-ratio of its tokens. GSPO, arXiv 2507.18071, eq. 7. <c>[rows, 1]</c></summary>
    public static Tensor Sequence(Tensor logRatio, Tensor mask) =>
        (logRatio * mask).sum(-1, keepdim: true) / mask.sum(-1, keepdim: true).clamp(min: Scalars.Keep(1));

    /// <summary>The value of <see cref="Sequence"/>, the gradient of each token. GSPO-token, arXiv 2507.18071, eq. 14. <c>[rows, tokens]</c></summary>
    public static Tensor SequenceToken(Tensor logRatio, Tensor mask) => (logRatio - logRatio.detach()).Plus(Sequence(logRatio, mask).detach());
}
