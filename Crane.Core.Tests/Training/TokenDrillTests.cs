using Crane.Core.Text;
using Crane.Core.Training.Pretraining;

namespace Crane.Core.Tests.Training;

public class TokenDrillTests
{
    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Bind_Row_AsksEveryEntryForItsValueAndTwoThatAreNotThere(int seed)
    {
        NoteWords words = new([901], [902], [903, 904], [904, 905], [903, 906, 907], [908]);
        var drill = TokenDrills.Bind(new Random(seed), vocabulary: 300, words);
        var clauses = Split(drill.Ids, 908);
        Assert.Equal(5 + 7, clauses.Count);
        var (notes, asked) = (clauses[..5], clauses[5..]);
        Assert.Equal(notes.OrderBy(c => string.Join(' ', c)), asked.Where(c => !c.Contains(906)).OrderBy(c => string.Join(' ', c)));
        foreach (var absent in asked.Where(c => c.Contains(906)))
        {
            int[] key = [.. absent[..^3]];
            Assert.DoesNotContain(notes, note => note.Take(key.Length).SequenceEqual(key) && note[key.Length] > 900);
        }
        var learnt = Enumerable.Range(0, drill.Ids.Length).Where(i => drill.Learn[i]).ToList();
        Assert.True(learnt[0] >= drill.Ids.Length / 3, "nothing of the notes is learnt");
        Assert.DoesNotContain(learnt, i => drill.Ids[i] is 901 or 902 or 908);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public void BindLong_Row_AsksEveryEntryForItsWholeValueAndItsEnd(int seed)
    {
        NoteWords words = new([901], [902], [903, 904], [904, 905], [903, 906, 907], [908]);
        var drill = TokenDrills.BindLong(new Random(seed), vocabulary: 300, words, entries: 6);
        var clauses = Split(drill.Ids, 908);
        var (notes, asked) = (clauses[..6], clauses[6..]);
        Assert.Equal(8, asked.Count);
        Assert.Equal(notes.OrderBy(c => string.Join(' ', c)), asked.Where(c => !c.Contains(906)).OrderBy(c => string.Join(' ', c)));
        Assert.Contains(notes, note => note.Count > 10);
        Assert.Equal(8, Enumerable.Range(0, drill.Ids.Length).Count(i => drill.Learn[i] && drill.Ids[i] == 908));
    }

    [Fact]
    public void BindLong_Names_RepeatTokensAndBeginAlike()
    {
        NoteWords words = new([901], [902], [903, 904], [904, 905], [903, 906, 907], [908]);
        var values = Enumerable.Range(0, 200).SelectMany(seed => Split(TokenDrills.BindLong(new Random(seed), 300, words).Ids, 908)[..5])
            .Select(note => note[(note.IndexOf(904) + (note.Contains(905) ? 2 : 1))..]).ToArray();
        Assert.InRange(values.Count(v => v.Distinct().Count() < v.Count) / 1000.0, 0.1, 0.4);
        Assert.True(values.Max(v => v.Count) >= 6);
    }

    [Fact]
    public void Answers_Row_LearnsWhatIsSaidAgainAndItsEndAlone()
    {
        var tokenizer = QwenTokenizer.Load(DataFolder.Of("nano"));
        string[] values = ["left", ".lk", "+31", "grade C", "Great Kelvosh"];
        var drill = TokenDrills.Answers(tokenizer.Encode, values);
        Assert.Equal(string.Concat(values.Select(v => $" is now {v}.</think><answer>{v}</answer>")), tokenizer.Decode(drill.Ids));
        var learnt = tokenizer.Decode([.. drill.Ids.Where((_, i) => drill.Learn[i])]);
        Assert.All(values, value => Assert.Contains(value.TrimStart('.', '+') + "</answer>", learnt, StringComparison.Ordinal));
        Assert.DoesNotContain("now", learnt, StringComparison.Ordinal);
        Assert.DoesNotContain("think", learnt, StringComparison.Ordinal);
    }

    private static List<List<int>> Split(int[] ids, int separator)
    {
        var parts = new List<List<int>> { new() };
        foreach (var id in ids)
            if (id == separator) parts.Add([]);
            else parts[^1].Add(id);
        return parts[..^1];
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Recall_Row_AsksEveryKeyOnceAndLearnsItsValueAlone(int seed)
    {
        var drill = TokenDrills.Recall(new Random(seed), vocabulary: 300);
        var pairs = drill.Ids.Chunk(2).ToArray();
        var table = pairs[..12].ToDictionary(pair => pair[0], pair => pair[1]);   // throws on a repeated key
        Assert.All(pairs[12..], pair => Assert.Equal(table[pair[0]], pair[1]));
        Assert.Equal(table.Keys.Order(), pairs[12..].Select(pair => pair[0]).Order());
        Assert.NotEqual(pairs[..12].Select(pair => pair[0]), pairs[12..].Select(pair => pair[0]));
        Assert.Equal(Enumerable.Range(0, 48).Select(i => i >= 24 && i % 2 == 1), drill.Learn);
    }
}
