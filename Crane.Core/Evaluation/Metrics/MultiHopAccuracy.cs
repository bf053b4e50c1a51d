namespace Crane.Core.Evaluation.Metrics;

/// <summary>A multi-hop case: several phrasings of one question, all with the same answer.</summary>
/// <param name="Answer">The answer after the edits.</param>
/// <param name="Aliases">Other forms of it.</param>
/// <param name="Replies">What was said to each phrasing; null where nothing was.</param>
public sealed record MultiHopCase(string Answer, IReadOnlyList<string> Aliases, IReadOnlyList<string?> Replies);

/// <summary>MQuAKE's accuracy: a case counts when any of its phrasings is answered by exactly the answer or an alias.</summary>
public static class MultiHopAccuracy
{
    /// <summary>Id of <see cref="IsRight"/>.</summary>
    public const string Id = "generated/mquake-accuracy";

    /// <summary>Id of <see cref="IsRightRemastered"/>.</summary>
    public const string RemasteredId = "generated/mquake-remastered-accuracy";

    /// <summary>Letter by letter (princeton-nlp/MQuAKE, evaluation loop of <c>run_mello.ipynb</c>).</summary>
    public static bool IsRight(MultiHopCase item) => Any(item, text => text);

    /// <summary>In upper case (MQuAKE-Remastered <c>check_answer</c>).</summary>
    public static bool IsRightRemastered(MultiHopCase item) => Any(item, PythonText.Upper);

    private static bool Any(MultiHopCase item, Func<string, string> fold)
    {
        var accepted = item.Aliases.Append(item.Answer).Select(fold).ToHashSet(StringComparer.Ordinal);
        return item.Replies.Any(reply => reply is not null && accepted.Contains(fold(reply)));
    }
}
