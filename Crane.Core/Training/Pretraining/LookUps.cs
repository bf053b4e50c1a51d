using Crane.Core.Benchmark;

namespace Crane.Core.Training.Pretraining;

/// <summary>Reading notes: sentences over all names of the world, true of none of them.</summary>
public sealed class LookUps
{
    private static readonly string[] Starts = ["ba", "de", "ka", "lo", "mi", "na", "pe", "ra", "so", "ta", "va", "zu", "fi", "go", "ju"],
    Ends = ["ran", "lia", "dor", "nesk", "mar", "tin", "vell", "ga", "ros", "ban"];

    private readonly string[] names;
    private readonly Func<Random, string> attribute, name;

    /// <summary>Look-ups over the names of a world, also over countries that the model is taught nothing else about.</summary>
    /// <param name="world">The names.</param>
    /// <param name="except">Names to leave out, or null.</param>
    /// <param name="attribute">Draws an attribute; null: one of <see cref="Attributes"/>.</param>
    /// <param name="name">Draws what entries are about and lead to; null: <see cref="Name"/>.</param>
    public LookUps(World world, IReadOnlySet<string>? except = null, Func<Random, string>? attribute = null, Func<Random, string>? name = null)
    {
        this.name = name ?? Name;
        this.attribute = attribute ?? (random => Attributes.All[random.Next(Attributes.All.Count)].Name);
        var all = world.Countries.SelectMany(c => (string[])[c.Name, .. c.Capital.Take(1), .. c.Currencies.Take(1), .. c.Languages.Take(1), c.Demonym])
            .Concat(world.Landmarks.Select(l => l.Name));
        names = [.. all.Where(name => name.Length > 0 && except?.Contains(name) != true).Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>Whether something of the world has this name.</summary>
    public bool Has(string name) => Array.BinarySearch(names, name, StringComparer.Ordinal) >= 0;

    /// <summary>One to three entries and a question about one of them, or about none.</summary>
    public Lesson Next(Random random)
    {
        var notes = Notes(random, 1 + random.Next(3));
        return random.NextDouble() < 0.35 ? Absent(random, notes) : Present(random, notes);
    }

    /// <summary>Three or four entries, three of which are to be quoted in another order: more reading for the same number of tokens.</summary>
    public Lesson Recital(Random random)
    {
        var notes = Notes(random, 3 + random.Next(2));
        var asked = notes.ToArray();
        random.Shuffle(asked);
        asked = asked[..3];
        return Lesson.Of("look-up/recital", $"{Note.Join(notes)}Tell me, in this order: {string.Join("; ", asked.Select(note => note.Key))}.",
            string.Join(' ', asked.Select(note => note.Quoted)), asked[^1].Value);
    }

    /// <summary>Two to four entries and a list of three or four keys, some of which no entry has: several decisions in one row.</summary>
    public Lesson Checklist(Random random)
    {
        var notes = Notes(random, 2 + random.Next(3));
        var keys = notes.Select(note => note.Key).ToList();
        for (var missing = 1 + random.Next(3); missing > 0; missing--)
            if (Missing(random, notes[random.Next(notes.Length)], notes).Key is var key && !keys.Contains(key)) keys.Add(key);
        var asked = keys.ToArray();
        random.Shuffle(asked);
        asked = asked[..Math.Min(asked.Length, 3 + random.Next(2))];
        var last = Array.FindLastIndex(asked, key => notes.Any(note => note.Key == key));   // the list ends with a key that an entry has: it is the answer
        if (last >= 0) (asked[last], asked[^1]) = (asked[^1], asked[last]);
        else asked[^1] = notes[0].Key;
        var found = asked.Select(key => notes.FirstOrDefault(note => note.Key == key)).ToArray();
        return Lesson.Of("look-up/checklist", $"{Note.Join(notes)}Tell me, in this order: {string.Join("; ", asked)}.",
            string.Join(' ', asked.Zip(found, (key, note) => note?.Quoted ?? Note.Absent(key))), found[^1]!.Value);
    }

    private static Lesson Present(Random random, Note[] notes)
    {
        var asked = notes[random.Next(notes.Length)];
        return Lesson.Of($"look-up/present-{notes.Length}", Note.Join(notes) + Ask(asked.Key, asked.Link), asked.Quoted, asked.Value);
    }

    private Lesson Absent(Random random, Note[] notes)
    {
        var near = notes[random.Next(notes.Length)];
        var (key, link) = Missing(random, near, notes);
        return Lesson.Of($"look-up/absent-{notes.Length}", Note.Join(notes) + Ask(key, link), Note.Absent(key), "unclear");
    }

    /// <summary>A key that no entry has: half of them near an entry (its other attribute, its attribute of another name, its value).</summary>
    private (string Key, string Link) Missing(Random random, Note near, Note[] notes)
    {
        while (true)
        {
            var isFact = random.Next(2) == 0;
            var subject = random.Next(4) switch { 0 => Subject(near), 1 => near.Value, _ => name(random) };
            var asked = near.Link == "is now" && random.Next(2) == 0 ? near.Key["the ".Length..near.Key.IndexOf(" of ", StringComparison.Ordinal)]
                : attribute(random);
            var (key, link) = isFact ? ($"the {asked} of {subject}", "is now") : (subject, "now shows");
            if (notes.All(note => note.Key != key)) return (key, link);
        }
    }

    private static string Subject(Note note) => note.Link == "is now" ? note.Key[(note.Key.IndexOf(" of ", StringComparison.Ordinal) + 4)..] : note.Key;

    private static string Ask(string key, string link) => link == "is now" ? $"So {key} is now what?" : $"So {key} now shows what?";

    private Note[] Notes(Random random, int count)
    {
        var notes = new List<Note>();
        while (notes.Count < count)
        {
            var subject = notes.Count > 0 && random.Next(5) == 0 ? Subject(notes[random.Next(notes.Count)]) : name(random);   // entries may share a subject
            var note = random.Next(2) == 0 ? Note.Fact(attribute(random), subject, name(random)) : Note.Shows(subject, name(random));
            if (note.Value != subject && notes.All(other => other.Key != note.Key)) notes.Add(note);
        }
        return [.. notes];
    }

    /// <summary>A name of the world, or now and then an invented one, so that copying does not depend on knowing the name.</summary>
    public string Name(Random random)
    {
        if (random.Next(5) > 0) return names[random.Next(names.Length)];
        var name = Starts[random.Next(Starts.Length)] + (random.Next(2) == 0 ? Starts[random.Next(Starts.Length)] : "") + Ends[random.Next(Ends.Length)];
        return char.ToUpperInvariant(name[0]) + name[1..];
    }
}
