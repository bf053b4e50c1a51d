namespace Crane.Core.Training.Pretraining;

/// <summary>A row of tokens without meaning.</summary>
/// <param name="Kind">What it teaches.</param>
/// <param name="Ids">The tokens.</param>
/// <param name="Learn">Which of them are to be predicted.</param>
public sealed record TokenDrill(string Kind, int[] Ids, bool[] Learn);

/// <summary>Copying before meaning: without these the base knows every fact and still cannot read a note.</summary>
public static class TokenDrills
{
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

    /// <summary>Notes whose words are real and whose names are random tokens: "the A of B is now C; D now shows E; …", then their keys in another order, each
    /// to be
    /// followed by its value, and keys that no entry has, to be followed by "is not given". Attributes and names are drawn from a few, so that most entries
    /// share one
    /// with another: only both together tell which entry is meant. A row holds six look-ups where a sentence holds one.</summary>
    /// <param name="random">Source of the tokens.</param>
    /// <param name="vocabulary">Names are drawn below this.</param>
    /// <param name="words">Tokens of the words.</param>
    /// <param name="entries">Number of entries.</param>
    public static TokenDrill Bind(Random random, int vocabulary, NoteWords words, int entries = 5)
    {
        int[] Name() => [.. Enumerable.Range(0, 1 + random.Next(2)).Select(_ => random.Next(vocabulary))];
        int[][] attributes = [.. Enumerable.Range(0, 3).Select(_ => (int[])[random.Next(vocabulary)])];
        return Row(random, words, entries, attributes, [.. Enumerable.Range(0, 4).Select(_ => Name())], Name, endsAreLearnt: false);
    }

    /// <summary>The same with long names: up to six tokens, some of them made of one or two that repeat, some the beginning or the end of another, so that only
    /// reading all of a name tells it from the next and where it ends; the end is to be predicted too. Attributes have one to three tokens and share them.</summary>
    /// <param name="random">Source of the tokens.</param>
    /// <param name="vocabulary">Names are drawn below this.</param>
    /// <param name="words">Tokens of the words.</param>
    /// <param name="entries">Number of entries.</param>
    public static TokenDrill BindLong(Random random, int vocabulary, NoteWords words, int entries = 5)
    {
        int[] Tokens(int most) => [.. Enumerable.Range(0, 1 + random.Next(most)).Select(_ => random.Next(vocabulary))];
        int[] Repeating(int[] few) => [.. Enumerable.Range(0, 2 + random.Next(4)).Select(_ => few[random.Next(few.Length)])];
        int[] Name() => random.Next(4) == 0 ? Repeating(Tokens(2)) : Tokens(6);
        int[] Like(int[] other, Func<int[]> fresh) => random.Next(3) switch
        {
            0 => [.. other[..random.Next(1, other.Length + 1)], .. fresh()[..1]],
            1 => [.. fresh()[..1], .. other[random.Next(other.Length)..]],
            _ => fresh(),
        };
        var attribute = Tokens(2);
        var (first, second) = (Name(), Name());
        return Row(random, words, entries, [attribute, Like(attribute, () => Tokens(2)), Like(attribute, () => Tokens(2))],
            [first, Like(first, Name), second, Like(second, Name)], () => random.Next(4) == 0 ? Like(first, Name) : Name(), endsAreLearnt: true);
    }

    /// <summary>Values at the end of a chain, each to be said again as the answer, one after another:
    /// " is now left.&lt;/think&gt;&lt;answer&gt;left&lt;/answer&gt;". In the chain a value follows a space and begins the answer without one, which are other tokens; here a row teaches several such pairs.</summary>
    /// <param name="encode">Encodes text as the model's tokenizer does.</param>
    /// <param name="values">What is said.</param>
    public static TokenDrill Answers(Func<string, int[]> encode, IEnumerable<string> values)
    {
        var (ids, learn) = (new List<int>(), new List<bool>());
        foreach (var value in values)
        {
            var (told, whole) = (encode($" is now {value}.</think><answer>"), encode($" is now {value}.</think><answer>{value}</answer>"));
            var known = told.Zip(whole).TakeWhile(pair => pair.First == pair.Second).Count();   // a sign at the value's beginning may join the tag's last token
            ids.AddRange(whole);
            learn.AddRange(whole.Select((_, i) => i >= known));
        }
        return new("drill/answers", [.. ids], [.. learn]);
    }

    private static TokenDrill Row(Random random, NoteWords words, int entries, int[][] attributes, int[][] names, Func<int[]> value, bool endsAreLearnt)
    {
        var keys = new List<(int[] Key, bool IsFact)>();
        while (keys.Count < entries + 2)
        {
            var isFact = random.Next(3) > 0;
            var name = names[random.Next(names.Length)];
            int[] key = isFact ? [.. words.The, .. attributes[random.Next(attributes.Length)], .. words.Of, .. name] : name;
            if (!keys.Any(k => k.Key.SequenceEqual(key))) keys.Add((key, isFact));
        }
        var table = keys.Select((k, i) => (k.Key, k.IsFact, Value: i < entries ? value() : null)).ToArray();
        var asked = table.ToArray();
        random.Shuffle(asked);
        var (ids, learn) = (new List<int>(), new List<bool>());
        void Add(int[] tokens, bool learnt)
        {
            ids.AddRange(tokens);
            learn.AddRange(tokens.Select(_ => learnt));
        }
        foreach (var (key, isFact, told) in table[..entries]) Add([.. key, .. isFact ? words.IsNow : words.NowShows, .. told!, .. words.Semicolon], false);
        foreach (var (key, isFact, told) in asked)
        {
            Add(key, false);
            Add(told is null ? words.IsNotGiven : [.. isFact ? words.IsNow : words.NowShows, .. told], true);
            Add(words.Semicolon, endsAreLearnt);
        }
        return new("drill/bind", [.. ids], [.. learn]);
    }
}

/// <summary>Tokens of the words that notes are made of.</summary>
/// <param name="The">" the".</param>
/// <param name="Of">" of".</param>
/// <param name="IsNow">" is now".</param>
/// <param name="NowShows">" now shows".</param>
/// <param name="IsNotGiven">" is not given".</param>
/// <param name="Semicolon">";".</param>
public sealed record NoteWords(int[] The, int[] Of, int[] IsNow, int[] NowShows, int[] IsNotGiven, int[] Semicolon);
