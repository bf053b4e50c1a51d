using System.Text;

namespace Crane.Core.Evaluation.Metrics;

/// <summary>SQuAD's comparison of answers (Rajpurkar et al. 2016; Hugging Face evaluate <c>squad</c> and <c>squad_v2</c>). EasyEdit's exact match and the cover
/// exact
/// match of DEXTER use the same normalisation.</summary>
public static class SquadAnswer
{
    /// <summary>Lower case, without ASCII punctuation and the words a, an, the; single blanks.</summary>
    public static string Normalise(string text)
    {
        var kept = string.Concat(PythonText.Lower(text).Where(c => !PythonText.IsPunctuation(c)));
        return string.Join(' ', PythonText.Split(WithoutArticles(kept)));
    }

    /// <summary>1 if the normalised texts are equal, else 0.</summary>
    public static double ExactMatch(string answer, string prediction) => Normalise(answer) == Normalise(prediction) ? 1 : 0;

    /// <summary>F1 of the normalised words, counted with repetition. 0 where nothing is shared, also of two empty texts.</summary>
    public static double F1(string answer, string prediction) => WordF1.Of(Words(answer), Words(prediction));

    /// <summary>The same, but two texts without words agree: 1 if both are empty (version 2, which has questions without an answer).</summary>
    public static double F1V2(string answer, string prediction)
    {
        string[] gold = Words(answer), said = Words(prediction);
        return gold.Length == 0 || said.Length == 0 ? (gold.Length == said.Length ? 1 : 0) : WordF1.Of(gold, said);
    }

    /// <summary>1 if the normalised prediction contains the normalised answer, as a piece of text: an empty answer is always covered.</summary>
    public static double Cover(string answer, string prediction) => Normalise(prediction).Contains(Normalise(answer), StringComparison.Ordinal) ? 1 : 0;

    private static string[] Words(string text) => PythonText.Split(Normalise(text));

    // re.sub(r"\b(a|an|the)\b", " ", text): an article is a whole run of word characters.
    private static string WithoutArticles(string text)
    {
        var (result, word) = (new StringBuilder(), new StringBuilder());
        foreach (var rune in text.EnumerateRunes())
        {
            if (PythonText.IsWord(rune)) { word.Append(rune); continue; }
            Flush();
            result.Append(rune);
        }
        Flush();
        return result.ToString();

        void Flush()
        {
            var run = word.ToString();
            result.Append(run is "a" or "an" or "the" ? " " : run);
            word.Clear();
        }
    }
}
