using Crane.Core.Evaluation;
using Crane.Core.Text;
using Crane.Core.Training.Routing;

namespace Crane.Core.Training.Rewards;

/// <summary>A component of a reward.</summary>
/// <param name="context">What is known of the question.</param>
/// <param name="completion">What the model wrote, taken apart.</param>
/// <returns>In 0..1; null where the component does not apply to the question.</returns>
public delegate double? RewardPart(RoutingContext context, Reasoning completion);

/// <summary>The components of the Cognitive Routing Reward: pure functions of the question's context and the completion.</summary>
public static class RoutingRewards
{
    private const double LengthSlack = 1.5, LengthMost = 3;

    /// <summary>1 for the form <c>&lt;think&gt;…&lt;/think&gt;&lt;answer&gt;…&lt;/answer&gt;</c>, ended by the model itself.</summary>
    public static double? Format(RoutingContext context, Reasoning completion) => completion.IsValid ? 1 : 0;

    /// <summary>1 if the answer block holds an accepted answer and nothing else. An answer without a chain, or inside it, is none.</summary>
    public static double? Answer(RoutingContext context, Reasoning completion) =>
        completion.IsValid && context.Answers.Any(answer => GroundedSuccess.Normalise(answer) == GroundedSuccess.Normalise(completion.Answer!)) ? 1 : 0;

    /// <summary>Whether each entry is followed if and only if it applies, and the picture is read as what it shows. The entries that apply, those that do not,
    /// and the
    /// picture weigh the same, however many there are: neither following everything nor ignoring everything pays. Not applicable without entries and
    /// picture.</summary>
    public static double? Route(RoutingContext context, Reasoning completion)
    {
        if (context.Entries.Count == 0 && context.Prior is null) return null;
        if (string.IsNullOrWhiteSpace(completion.Think)) return 0;
        var think = completion.Think;
        var decisions = context.Entries.GroupBy(entry => entry.Applies)
            .Select(group => group.Average(entry => Claims.UseOf(think, entry.Note) is var use && entry.Applies ? Is(use == EntryUse.Followed)
                : Is(use is EntryUse.Unused or EntryUse.TurnedDown)))
            .ToList();
        if (context.Prior is { } prior) decisions.Add(Is(Claims.Sees(think, prior, context.Entries.Select(entry => entry.Note.Value))));
        return decisions.Average();
    }

    /// <summary>Share of the path's entities that the chain names in order, times the share of its names that belong there: naming everything that the prompt
    /// offers
    /// loses what it gains.</summary>
    public static double? Chain(RoutingContext context, Reasoning completion)
    {
        if (string.IsNullOrWhiteSpace(completion.Think)) return 0;
        var (found, foreign) = (Claims.InOrder(completion.Think, context.Path), context.Foreign.Count(name => Claims.Names(completion.Think, name)));
        return found == 0 ? 0 : (double)found / context.Path.Length * found / (found + foreign);
    }

    /// <summary>1 up to one and a half times the length of a right chain, falling to 0 at three times. An empty chain has none.</summary>
    public static double? Length(RoutingContext context, Reasoning completion) =>
        string.IsNullOrWhiteSpace(completion.Think) ? 0
            : Math.Clamp((LengthMost - (double)completion.Think.Length / context.Length) / (LengthMost - LengthSlack), 0, 1);

    private static double Is(bool holds) => holds ? 1 : 0;
}
