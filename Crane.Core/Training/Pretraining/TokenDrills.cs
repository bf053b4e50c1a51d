namespace Crane.Core.Training.Pretraining;

/// <summary>A row of tokens without meaning.</summary>
/// <param name="Kind">What it teaches.</param>
/// <param name="Ids">The tokens.</param>
/// <param name="Learn">Which of them are to be predicted.</param>
public sealed record TokenDrill(string Kind, int[] Ids, bool[] Learn);

/// <summary>Copying before meaning: without these the base knows every fact and still cannot read a note.</summary>
public static class TokenDrills
{
    /// <summary>Random tokens, then the same again.</summary>
    /// <param name="random">Source of the tokens.</param>
    /// <param name="vocabulary">Tokens are drawn below this.</param>
    /// <param name="length">Tokens before they repeat.</param>
    public static TokenDrill Repeat(Random random, int vocabulary, int length = 20)
    {
        int[] first = [.. Enumerable.Range(0, length).Select(_ => random.Next(vocabulary))];
        return new("drill/repeat", [.. first, .. first], [.. Enumerable.Range(0, 2 * length).Select(i => i >= length)]);
    }

    /// <summary>Pairs of a key and a value, then the keys in another order, each to be followed by its value.</summary>
    /// <param name="random">Source of the tokens.</param>
    /// <param name="vocabulary">Tokens are drawn below this; keys are distinct.</param>
    /// <param name="pairs">Number of pairs.</param>
    public static TokenDrill Recall(Random random, int vocabulary, int pairs = 12)
    {
        var keys = new HashSet<int>();
        while (keys.Count < pairs) keys.Add(random.Next(vocabulary));
        var table = keys.Select(key => (Key: key, Value: random.Next(vocabulary))).ToArray();
        var asked = table.ToArray();
        random.Shuffle(asked);
        int[] ids = [.. table.Concat(asked).SelectMany(pair => (int[])[pair.Key, pair.Value])];
        return new("drill/recall", ids, [.. Enumerable.Range(0, ids.Length).Select(i => i >= 2 * pairs && i % 2 == 1)]);
    }
}
