using System.Text;

namespace Crane.Core.Evaluation.Metrics;

/// <summary>Similarity by letters.</summary>
public static class EditDistance
{
    /// <summary>Fewest insertions, deletions and replacements of code points that turn one text into the other.</summary>
    public static int Levenshtein(string a, string b)
    {
        Rune[] from = [.. a.EnumerateRunes()], to = [.. b.EnumerateRunes()];
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (from[i - 1] == to[j - 1] ? 0 : 1)));
        }
        return row[^1];
    }

    /// <summary>ANLS of one question (Biten et al. 2019; lmms-eval <c>anls</c>): 1 − distance / length for the best answer, 0 below the threshold. The distance
    /// is that of
    /// lower-case texts with single blanks, the length that of the raw ones in upper case.</summary>
    /// <param name="answers">At least one.</param>
    /// <param name="prediction">What was said.</param>
    /// <param name="threshold">In [0, 1].</param>
    public static double Anls(IReadOnlyList<string> answers, string prediction, double threshold = 0.5)
    {
        if (answers.Count == 0) throw new ArgumentException("ANLS needs an answer; there are none.", nameof(answers));
        var best = 1 - answers.Min(answer => Distance(answer, prediction));
        return best < threshold ? 0 : best;
    }

    private static double Distance(string answer, string prediction)
    {
        var length = Math.Max(PythonText.Length(PythonText.Upper(answer)), PythonText.Length(PythonText.Upper(prediction)));
        return length == 0 ? 0 : (double)Levenshtein(Folded(answer), Folded(prediction)) / length;
    }

    private static string Folded(string text) => string.Join(' ', PythonText.Split(PythonText.Lower(PythonText.Strip(text))));
}
