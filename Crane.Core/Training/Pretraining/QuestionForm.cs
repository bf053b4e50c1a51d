using Crane.Core.Benchmark;

namespace Crane.Core.Training.Pretraining;

/// <summary>How an answer is asked for.</summary>
public enum QuestionForm
{
    /// <summary>Any answer.</summary>
    Open,

    /// <summary>"Is …?"</summary>
    YesNo,

    /// <summary>One of four, which stand behind the question.</summary>
    Choice,
}

/// <summary>A question and the answer that one value gives it.</summary>
/// <param name="Form">How it asks.</param>
/// <param name="Text">Its words.</param>
/// <param name="Answer">The value itself, "yes" or "no".</param>
public sealed record PosedQuestion(QuestionForm Form, string Text, string Answer)
{
    private static readonly string[] Lists = ["Choose: {0}, {1}, {2} or {3}.", "Is it {0}, {1}, {2} or {3}?", "Choose one: {0}, {1}, {2}, {3}."];

    /// <summary>Asks in a form that is drawn: mostly open.</summary>
    /// <param name="random">Source of all choices.</param>
    /// <param name="open">Draws the open question.</param>
    /// <param name="isIt">Draws the question whether it is a value.</param>
    /// <param name="value">The right value.</param>
    /// <param name="rival">What a note says instead, or null: offered often, so that being offered tells nothing.</param>
    /// <param name="other">Draws some value.</param>
    public static PosedQuestion Draw(Random random, Func<string> open, Func<string, string> isIt, string value, string? rival, Func<string> other) => random.NextDouble() switch
    {
        < 0.14 => YesNo(random, isIt, value, rival, other),
        < 0.26 => Choice(random, open, value, rival, other),
        _ => new(QuestionForm.Open, open(), value),
    };

    private static PosedQuestion YesNo(Random random, Func<string, string> isIt, string value, string? rival, Func<string> other)
    {
        var asked = random.Next(2) == 0 ? value : rival is not null && random.Next(2) == 0 ? rival : Until(other, v => v != value);
        return new(QuestionForm.YesNo, isIt(asked), asked == value ? "yes" : "no");
    }

    private static PosedQuestion Choice(Random random, Func<string> open, string value, string? rival, Func<string> other)
    {
        var options = new List<string> { value };
        if (rival is not null && rival != value) options.Add(rival);
        while (options.Count < 4) options.Add(Until(other, v => !options.Contains(v)));
        var shuffled = options.ToArray();
        random.Shuffle(shuffled);
        return new(QuestionForm.Choice, $"{open()} {string.Format(null, Lists[random.Next(Lists.Length)], shuffled)}", value);
    }

    private static string Until(Func<string> draw, Predicate<string> fits)
    {
        while (true)
            if (draw() is var value && fits(value)) return value;
    }
}
