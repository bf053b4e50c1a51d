using System.Text.RegularExpressions;

namespace Crane.Core.Evaluation.Metrics;

/// <summary>Normalisation of short answers to questions about pictures, with its oddities: the official VQA evaluation (GT-Vision-Lab/VQA, <c>vqaEval.py</c>)
/// and the
/// form of EvalAI (lmms-eval <c>EvalAIAnswerProcessor</c>).</summary>
public static class VqaAnswer
{
    private const string Punctuation = ";/[]\"{}()=+\\_-><@`,?!";

    // the reference passes re.UNICODE (32) where the number of replacements stands
    private const int PeriodsRemoved = 32;

    private static readonly Regex DigitCommaDigit = new(@"\d,\d"), DigitCommasDigit = new(@"\d,+\d"), Period = new(@"\.(?!\d)");

    private static readonly Dictionary<string, string> Numbers = new(StringComparer.Ordinal)
    {
        ["none"] = "0", ["zero"] = "0", ["one"] = "1", ["two"] = "2", ["three"] = "3", ["four"] = "4", ["five"] = "5", ["six"] = "6", ["seven"] = "7",
        ["eight"] = "8", ["nine"] = "9", ["ten"] = "10",
    };

    /// <summary>The official form: punctuation, then numbers, articles and contractions.</summary>
    public static string Normalise(string text) => DigitsAndArticles(Unpunctuated(PythonText.Strip(OneLine(text)), DigitCommaDigit));

    /// <summary>EvalAI's: lower case first, "," and "?" dropped, "'s" split off.</summary>
    public static string NormaliseEvalAi(string text)
    {
        var words = PythonText.Strip(PythonText.Lower(text).Replace(",", "").Replace("?", "").Replace("'s", " 's"));
        return DigitsAndArticles(Unpunctuated(PythonText.Strip(OneLine(words)), DigitCommasDigit));
    }

    /// <summary>Accuracy against several human answers: mean over leaving one of them out of min(1, matches among the others / 3) (Antol et al.
    /// 2015).</summary>
    /// <param name="humans">Usually ten; at least one.</param>
    /// <param name="prediction">The model's answer.</param>
    /// <returns>In [0, 1]. Nothing is normalised where all human answers are the same text: the reference skips it then.</returns>
    public static double Accuracy(IReadOnlyList<string> humans, string prediction)
    {
        if (humans.Count == 0) throw new ArgumentException("VQA accuracy needs human answers; there are none.", nameof(humans));
        var stripped = humans.Select(human => PythonText.Strip(OneLine(human))).ToArray();
        var same = stripped.Distinct(StringComparer.Ordinal).Count() == 1;
        var said = same ? PythonText.Strip(OneLine(prediction)) : Normalise(prediction);
        var matches = stripped.Select(human => (same ? human : Normalise(human)) == said).ToArray();
        var total = matches.Count(match => match);
        return matches.Average(match => Math.Min(1, (total - (match ? 1 : 0)) / 3.0));
    }

    private static string OneLine(string text) => text.Replace('\n', ' ').Replace('\t', ' ');

    // A mark that touches a blank anywhere in the text goes; others leave a blank. A comma between digits makes all marks go.
    private static string Unpunctuated(string text, Regex numberWithComma)
    {
        var hasNumberWithComma = numberWithComma.IsMatch(text);
        var result = text;
        foreach (var mark in Punctuation)
            result = result.Replace(mark.ToString(), hasNumberWithComma || text.Contains($"{mark} ") || text.Contains($" {mark}") ? "" : " ");
        return Period.Replace(result, "", PeriodsRemoved);
    }

    private static string DigitsAndArticles(string text) => string.Join(' ', PythonText.Split(PythonText.Lower(text))
        .Select(word => Numbers.GetValueOrDefault(word, word))
        .Where(word => word is not ("a" or "an" or "the"))
        .Select(VqaContractions.Restore));
}
