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
/// <param name="yesNo">Share of questions to be answered with yes or no.</param>
public sealed class WorldLessons(NanoWorld world, LookUps lookUps, PhrasingSet phrasings = PhrasingSet.Trained, double yesNo = 0.14)
{
    /// <summary>Something that can be said of the world in words alone: an attribute, a place, or one through the other.</summary>
    public Lesson TextFact(Random random) => random.NextDouble() switch
    {
        < 0.20 => TextPlace(random),
        < 0.30 => TextPlaceAttribute(random),
        < 0.36 => TextCapital(random),
        _ => TextAttribute(random),
    };

    /// <summary>Which country has a capital.</summary>
    public Lesson TextCapital(Random random)
    {
        var (country, capital) = (Draw(random, world.Countries), Attributes.All[0]);
        return Lesson.Of("text/capital", Phrasings.CountryOfCapital.Ask(random, phrasings, value: capital.Of(country)!), Fact(country, capital), country.Name);
    }

    /// <summary>A fact with one to three notes, one of which may be about it (then it is followed).</summary>
    /// <param name="random">Source of all choices.</param>
    /// <param name="relevant">Whether a note is about what is asked.</param>
    public Lesson TextFactWithNotes(Random random, bool relevant)
    {
        var (country, attribute) = (Draw(random, world.Countries), Draw(random, Attributes.All));
        var (notes, followed) = FactNotes(random, country, attribute, relevant, 1 + random.Next(3));
        var posed = Attribute(random, country.Name, attribute, followed?.Value ?? attribute.Of(country)!, followed is null ? notes[0].Value
            : attribute.Of(country));
        return followed is not null
            ? Lesson.Of($"text/relevant-{notes.Length}", Note.Join(notes), posed, followed.Quoted)
            : Lesson.Of($"text/irrelevant-{notes.Length}", Note.Join(notes), posed, Absent(country, attribute));
    }

    /// <summary>A flag: whose it is, or an attribute of its country.</summary>
    public Lesson Flag(Random random, PictureNote note)
    {
        var country = Draw(random, world.Countries);
        var picture = View(random, Draw(random, world.Pictures.Flags(country.Id)), note);
        var described = Draw(random, Phrasings.CountryOfFlag);
        if (note == PictureNote.Fact) return PictureWithFact(random, "flag", picture, $"The picture shows the flag of {country.Name}.", country, described);
        var (other, attribute) = (Other(random, world.Countries, country), random.Next(2) == 0 ? Draw(random, Attributes.All) : null);
        var (prefix, seen, believed) = Seen(note, c => $"the flag of {c.Name}", country, other);
        var rival = Rival(note, believed, country, other);
        if (attribute is null) return Lesson.Of("flag/identity" + Suffix(note), prefix, FlagOf(random, believed, rival), seen, picture);
        var posed = Attribute(random, described, attribute, attribute.Of(believed)!, rival is null ? null : attribute.Of(rival));
        return Lesson.Of("flag/attribute" + Suffix(note), prefix, posed, $"{seen} {Fact(believed, attribute)}", picture);
    }

    /// <summary>A landmark: its name, its country, or an attribute of its country.</summary>
    public Lesson Landmark(Random random, PictureNote note)
    {
        var landmark = Draw(random, world.Landmarks);
        var picture = View(random, Draw(random, world.Pictures.Photographs(landmark)), note);
        var hops = note == PictureNote.Fact ? 2 : random.Next(3);
        if (hops == 2 && !IsKnown(landmark)) hops = 1;
        var described = Draw(random, Phrasings.CountryOfLandmark).Replace("{x}", "this landmark", StringComparison.Ordinal);
        if (note == PictureNote.Fact && hops == 2)
            return PictureWithFact(random, "landmark", picture, $"The picture shows {landmark.Name}. {Place(landmark)}", CountryOf(landmark), described);
        if (note == PictureNote.Fact) note = PictureNote.None;
        var other = Other(random, hops == 2 ? [.. world.Landmarks.Where(IsKnown)] : world.Landmarks, landmark);
        var (prefix, seen, believed) = Seen(note, l => l.Name, landmark, other);
        var rival = Rival(note, believed, landmark, other);
        if (hops == 0) return Lesson.Of("landmark/identity" + Suffix(note), prefix, LandmarkOf(random, believed, rival), seen, picture);
        var (here, there) = (CountryOf(believed), rival is null ? null : CountryOf(rival));
        if (hops == 1) return Lesson.Of("landmark/country" + Suffix(note), prefix, PlaceOf(random, "this landmark", here.Name, there?.Name),
            $"{seen} {Place(believed)}", picture);
        var attribute = Draw(random, Attributes.All);
        var posed = Attribute(random, described, attribute, attribute.Of(here)!, there is null ? null : attribute.Of(there));
        return Lesson.Of("landmark/attribute" + Suffix(note), prefix, posed, $"{seen} {Place(believed)} {Fact(here, attribute)}", picture);
    }

    /// <summary>A picture that nobody can recognise, without a note.</summary>
    public Lesson Unclear(Random random)
    {
        var isFlag = random.Next(3) > 0;
        var source = Draw(random, isFlag ? world.Pictures.Flags(Draw(random, world.Countries).Id) : world.Pictures.Photographs(Draw(random, world.Landmarks)));
        var question = (isFlag ? Phrasings.Flag : Phrasings.Landmark).Ask(random, phrasings);
        return Lesson.Of(isFlag ? "flag/unclear" : "landmark/unclear", question, "The picture is unclear.", "unclear",
            View(random, source, PictureNote.Unclear));
    }

    private Lesson TextAttribute(Random random)
    {
        var (country, attribute) = (Draw(random, world.Countries), Draw(random, Attributes.All));
        return Lesson.Of("text/fact", "", Attribute(random, country.Name, attribute, attribute.Of(country)!, null), Fact(country, attribute));
    }

    private Lesson TextPlace(Random random)
    {
        var landmark = Draw(random, world.Landmarks);
        return Lesson.Of("text/place", "", PlaceOf(random, landmark.Name, CountryOf(landmark).Name, null), Place(landmark));
    }

    private Lesson TextPlaceAttribute(Random random)
    {
        var (landmark, attribute) = (Draw(random, [.. world.Landmarks.Where(IsKnown)]), Draw(random, Attributes.All));
        var (country, described) = (CountryOf(landmark), Draw(random, Phrasings.CountryOfLandmark).Replace("{x}", landmark.Name, StringComparison.Ordinal));
        return Lesson.Of("text/place-attribute", "", Attribute(random, described, attribute, attribute.Of(country)!, null),
            $"{Place(landmark)} {Fact(country, attribute)}");
    }

    private Lesson PictureWithFact(Random random, string what, Picture picture, string seen, Country country, string described)
    {
        var attribute = Draw(random, Attributes.All);
        var (notes, followed) = FactNotes(random, country, attribute, random.Next(2) == 0, 1 + random.Next(2));
        var posed = Attribute(random, described, attribute, followed?.Value ?? attribute.Of(country)!, followed is null ? notes[0].Value
            : attribute.Of(country));
        return followed is not null
            ? Lesson.Of(what + "/relevant-fact", Note.Join(notes), posed, $"{seen} {followed.Quoted}", picture)
            : Lesson.Of(what + "/irrelevant-fact", Note.Join(notes), posed, $"{seen} {Absent(country, attribute)}", picture);
    }

    private PosedQuestion Attribute(Random random, string of, CountryAttribute attribute, string value, string? rival) => PosedQuestion.Draw(random, yesNo,
        () => Phrasings.Attribute.Ask(random, phrasings, of, attribute.Name),
        v => Phrasings.IsAttribute.Ask(random, phrasings, of, attribute.Name, v),
        value, rival, () => attribute.Of(Draw(random, world.Countries))!);

    private PosedQuestion PlaceOf(Random random, string landmark, string country, string? rival) => PosedQuestion.Draw(random, yesNo,
        () => Phrasings.Place.Ask(random, phrasings, landmark),
        v => Phrasings.IsPlace.Ask(random, phrasings, landmark, value: v),
        country, rival, () => Draw(random, world.Countries).Name);

    private PosedQuestion FlagOf(Random random, Country country, Country? rival) => PosedQuestion.Draw(random, yesNo,
        () => Phrasings.Flag.Ask(random, phrasings),
        v => Phrasings.IsFlag.Ask(random, phrasings, value: v),
        country.Name, rival?.Name, () => Draw(random, world.Countries).Name);

    private PosedQuestion LandmarkOf(Random random, Landmark landmark, Landmark? rival) => PosedQuestion.Draw(random, yesNo,
        () => Phrasings.Landmark.Ask(random, phrasings),
        v => Phrasings.IsLandmark.Ask(random, phrasings, value: v),
        landmark.Name, rival?.Name, () => Draw(random, world.Landmarks).Name);

    /// <summary>What the side that is not believed says, where there are two sides.</summary>
    private static T? Rival<T>(PictureNote note, T believed, T shown, T other) where T : class => note == PictureNote.None ? null : believed == shown
        ? other : shown;

    /// <summary>What the note says, what the chain says first, and what is believed in the end.</summary>
    private static (string Prefix, string Seen, T Believed) Seen<T>(PictureNote note, Func<T, string> thing, T shown, T other) => note switch
    {
        PictureNote.Consistent => ($"Note: the picture shows {thing(shown)}. ", $"The note says {thing(shown)}, and the picture shows {thing(shown)}.", shown),
        PictureNote.Contradicting =>
            ($"Note: the picture shows {thing(other)}. ", $"The note says {thing(other)}, but the picture shows {thing(shown)}.", shown),
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
            var note = random.Next(6) == 0
                ? Note.Shows(lookUps.Name(random), Draw(random, world.Countries).Name)
                : Note.Fact(otherAttribute.Name, subject.Name, NewValue(random, otherAttribute, subject));
            if (note.Key != note.Value && note.Key != Key(country, attribute) && notes.All(n => n.Key != note.Key)) notes.Add(note);
        }
        var shuffled = notes.ToArray();
        random.Shuffle(shuffled);
        return (shuffled, followed);
    }

    /// <summary>A value that is not the true one: mostly another country's, now and then any name.</summary>
    private string NewValue(Random random, CountryAttribute attribute, Country country)
    {
        while (true)
            if ((random.Next(4) == 0 ? lookUps.Name(random) : attribute.Of(Draw(random, world.Countries))!) is var value && value != attribute.Of(country))
                return value;
    }

    private static Picture View(Random random, Picture picture, PictureNote note)
    {
        var view = Augmentation.Apply(picture, WorldPictures.Width, WorldPictures.Height, random);
        return note == PictureNote.Unclear ? Augmentation.Noise(view, random, 0.92 + 0.08 * random.NextDouble()) : view;
    }

    private bool IsKnown(Landmark landmark) => world.Countries.Any(c => c.Id == landmark.Country);

    private Country CountryOf(Landmark landmark) => world.World.Country(landmark.Country);

    private string Place(Landmark landmark) => Note.Sentence($"{landmark.Name} is in {CountryOf(landmark).Name}");

    private static string Key(Country country, CountryAttribute attribute) => $"the {attribute.Name} of {country.Name}";

    private static string Fact(Country country, CountryAttribute attribute) =>
        Note.Sentence($"The {attribute.Name} of {country.Name} is {attribute.Of(country)}");

    private static string Absent(Country country, CountryAttribute attribute) => $"{Note.Absent(Key(country, attribute))} {Fact(country, attribute)}";

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
