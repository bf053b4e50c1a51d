using Crane.Core.Benchmark;
using Crane.Core.Vision;

namespace Crane.Core.Training.Pretraining;

/// <summary>What a note in front of a picture does.</summary>
public enum PictureNote
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>It names what the picture shows.</summary>
    Consistent,

    /// <summary>It names something else than a clear picture shows: the model trusts its eyes.</summary>
    Contradicting,

    /// <summary>The picture cannot be recognised: the model follows the note.</summary>
    Unclear,

    /// <summary>It says something about a country, perhaps the one asked about.</summary>
    Fact,
}

/// <summary>Lessons about the real world: facts in text, flags, landmarks, with and without notes.</summary>
/// <param name="world">What is taught.</param>
/// <param name="lookUps">Source of other names.</param>
/// <param name="phrasings">Which ways of asking are used.</param>
public sealed class WorldLessons(NanoWorld world, LookUps lookUps, PhrasingSet phrasings = PhrasingSet.Trained)
{
    /// <summary>A fact about a country, or where a landmark stands, without a picture.</summary>
    public Lesson TextFact(Random random)
    {
        if (random.Next(4) == 0)
        {
            var landmark = Draw(random, world.Landmarks);
            return Lesson.Of("text/place", Phrasings.Place.Ask(random, phrasings, landmark.Name), Place(landmark), CountryOf(landmark).Name);
        }
        var (country, attribute) = (Draw(random, world.Countries), Draw(random, Attributes.All));
        return Lesson.Of("text/fact", Phrasings.Attribute.Ask(random, phrasings, country.Name, attribute.Name), Fact(country, attribute), attribute.Of(country)!);
    }

    /// <summary>A fact with one to three notes, one of which may be about it (then it is followed).</summary>
    /// <param name="random">Source of all choices.</param>
    /// <param name="relevant">Whether a note is about what is asked.</param>
    public Lesson TextFactWithNotes(Random random, bool relevant)
    {
        var (country, attribute) = (Draw(random, world.Countries), Draw(random, Attributes.All));
        var (notes, followed) = FactNotes(random, country, attribute, relevant, 1 + random.Next(3));
        var prompt = Note.Join(notes) + Phrasings.Attribute.Ask(random, phrasings, country.Name, attribute.Name);
        return followed is not null
            ? Lesson.Of($"text/relevant-{notes.Length}", prompt, followed.Quoted, followed.Value)
            : Lesson.Of($"text/irrelevant-{notes.Length}", prompt, $"{Note.Absent(Key(country, attribute))} {Fact(country, attribute)}", attribute.Of(country)!);
    }

    /// <summary>A flag: whose it is, or an attribute of its country.</summary>
    public Lesson Flag(Random random, PictureNote note)
    {
        var country = Draw(random, world.Countries);
        var picture = View(random, Draw(random, world.Pictures.Flags(country.Id)), note);
        var attribute = note == PictureNote.Fact || random.Next(2) == 0 ? Draw(random, Attributes.All) : null;
        string Question() => attribute is null ? Phrasings.Flag.Ask(random, phrasings)
            : Phrasings.Attribute.Ask(random, phrasings, Phrasings.CountryOfFlag.Ask(random, phrasings), attribute.Name);
        var kind = attribute is null ? "flag/identity" : "flag/attribute";
        if (note == PictureNote.Fact) return PictureWithFact(random, "flag", picture, $"The picture shows the flag of {country.Name}.", country, attribute!, Question());
        var other = Other(random, world.Countries, country);
        var (prefix, seen, believed) = Seen(note, c => $"the flag of {c.Name}", country, other);
        return Lesson.Of(kind + Suffix(note), prefix + Question(), attribute is null ? seen : $"{seen} {Fact(believed, attribute)}", attribute?.Of(believed) ?? believed.Name, picture);
    }

    /// <summary>A landmark: its name, its country, or an attribute of its country.</summary>
    public Lesson Landmark(Random random, PictureNote note)
    {
        var landmark = Draw(random, world.Landmarks);
        var picture = View(random, Draw(random, world.Pictures.Photographs(landmark)), note);
        var hops = note == PictureNote.Fact ? 2 : random.Next(3);
        var known = (Landmark l) => world.Countries.Any(c => c.Id == l.Country);
        if (hops == 2 && !known(landmark)) hops = 1;
        var attribute = Draw(random, Attributes.All);
        string Question() => hops switch
        {
            0 => Phrasings.Landmark.Ask(random, phrasings),
            1 => Phrasings.Place.Ask(random, phrasings, "this landmark"),
            _ => Phrasings.Attribute.Ask(random, phrasings, Phrasings.CountryOfLandmark.Ask(random, phrasings, "this landmark"), attribute.Name),
        };
        if (note == PictureNote.Fact && hops == 2)
            return PictureWithFact(random, "landmark", picture, $"The picture shows {landmark.Name}. {Place(landmark)}", CountryOf(landmark), attribute, Question());
        var other = Other(random, hops == 2 ? [.. world.Landmarks.Where(known)] : world.Landmarks, landmark);
        var (prefix, seen, believed) = Seen(note == PictureNote.Fact ? PictureNote.None : note, l => l.Name, landmark, other);
        var kind = hops switch { 0 => "landmark/identity", 1 => "landmark/country", _ => "landmark/attribute" } + Suffix(note == PictureNote.Fact ? PictureNote.None : note);
        return hops switch
        {
            0 => Lesson.Of(kind, prefix + Question(), seen, believed.Name, picture),
            1 => Lesson.Of(kind, prefix + Question(), $"{seen} {Place(believed)}", CountryOf(believed).Name, picture),
            _ => Lesson.Of(kind, prefix + Question(), $"{seen} {Place(believed)} {Fact(CountryOf(believed), attribute)}", attribute.Of(CountryOf(believed))!, picture),
        };
    }

    /// <summary>A picture that nobody can recognise, without a note.</summary>
    public Lesson Unclear(Random random)
    {
        var isFlag = random.Next(3) > 0;
        var source = isFlag ? Draw(random, world.Pictures.Flags(Draw(random, world.Countries).Id)) : Draw(random, world.Pictures.Photographs(Draw(random, world.Landmarks)));
        return Lesson.Of(isFlag ? "flag/unclear" : "landmark/unclear", isFlag ? Phrasings.Flag.Ask(random, phrasings) : Phrasings.Landmark.Ask(random, phrasings),
            "The picture is unclear.", "unclear", View(random, source, PictureNote.Unclear));
    }

    private Lesson PictureWithFact(Random random, string what, Picture picture, string seen, Country country, CountryAttribute attribute, string question)
    {
        var (notes, followed) = FactNotes(random, country, attribute, random.Next(2) == 0, 1 + random.Next(2));
        return followed is not null
            ? Lesson.Of(what + "/relevant-fact", Note.Join(notes) + question, $"{seen} {followed.Quoted}", followed.Value, picture)
            : Lesson.Of(what + "/irrelevant-fact", Note.Join(notes) + question, $"{seen} {Note.Absent(Key(country, attribute))} {Fact(country, attribute)}", attribute.Of(country)!, picture);
    }

    /// <summary>What the note says, what the chain says first, and what is believed in the end.</summary>
    private static (string Prefix, string Seen, T Believed) Seen<T>(PictureNote note, Func<T, string> thing, T shown, T other) => note switch
    {
        PictureNote.Consistent => ($"Note: the picture shows {thing(shown)}. ", $"The note says {thing(shown)}, and the picture shows {thing(shown)}.", shown),
        PictureNote.Contradicting => ($"Note: the picture shows {thing(other)}. ", $"The note says {thing(other)}, but the picture shows {thing(shown)}.", shown),
        PictureNote.Unclear => ($"Note: the picture shows {thing(other)}. ", $"The note says {thing(other)}, and the picture is unclear.", other),
        _ => ("", $"The picture shows {thing(shown)}.", shown),
    };

    /// <summary>Entries about countries; hard ones share the subject or the attribute with what is asked.</summary>
    private (Note[] Notes, Note? Followed) FactNotes(Random random, Country country, CountryAttribute attribute, bool relevant, int count)
    {
        var notes = new List<Note>();
        var followed = relevant ? Note.Fact(attribute.Name, country.Name, NewValue(random, attribute, country)) : null;
        if (followed is not null) notes.Add(followed);
        while (notes.Count < count)
        {
            var (otherAttribute, subject) = random.Next(3) switch
            {
                0 => (Draw(random, Attributes.All), country),
                1 => (attribute, Draw(random, world.Countries)),
                _ => (Draw(random, Attributes.All), Draw(random, world.Countries)),
            };
            var note = random.Next(6) == 0 ? Note.Shows(lookUps.Name(random), lookUps.Name(random)) : Note.Fact(otherAttribute.Name, subject.Name, NewValue(random, otherAttribute, subject));
            if (note.Key != Key(country, attribute) && notes.All(n => n.Key != note.Key)) notes.Add(note);
        }
        var shuffled = notes.ToArray();
        random.Shuffle(shuffled);
        return (shuffled, followed);
    }

    /// <summary>A value that is not the true one: mostly another country's, now and then any name.</summary>
    private string NewValue(Random random, CountryAttribute attribute, Country country)
    {
        while (true)
            if ((random.Next(4) == 0 ? lookUps.Name(random) : attribute.Of(Draw(random, world.Countries))!) is var value && value != attribute.Of(country)) return value;
    }

    private static Picture View(Random random, Picture picture, PictureNote note)
    {
        var view = Augmentation.Apply(picture, WorldPictures.Width, WorldPictures.Height, random);
        return note == PictureNote.Unclear ? Augmentation.Noise(view, random, 0.92 + 0.08 * random.NextDouble()) : view;
    }

    private Country CountryOf(Landmark landmark) => world.World.Country(landmark.Country);

    private string Place(Landmark landmark) => $"{landmark.Name} is in {CountryOf(landmark).Name}.";

    private static string Key(Country country, CountryAttribute attribute) => $"the {attribute.Name} of {country.Name}";

    private static string Fact(Country country, CountryAttribute attribute) => $"The {attribute.Name} of {country.Name} is {attribute.Of(country)}.";

    private static string Suffix(PictureNote note) => note switch
    {
        PictureNote.Consistent => "/consistent-note",
        PictureNote.Contradicting => "/contradicting-note",
        PictureNote.Unclear => "/unclear-with-note",
        _ => "",
    };

    private static T Draw<T>(Random random, IReadOnlyList<T> items) => items[random.Next(items.Count)];

    private static T Other<T>(Random random, IReadOnlyList<T> items, T not) where T : class
    {
        while (true)
            if (Draw(random, items) is var other && other != not) return other;
    }
}
