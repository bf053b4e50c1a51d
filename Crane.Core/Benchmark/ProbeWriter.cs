namespace Crane.Core.Benchmark;

/// <summary>Writes the probes of the planned edits of a split.</summary>
internal sealed class ProbeWriter(NanoWorld world, BenchmarkSplit split, IReadOnlyList<PlannedEdit> edits, ProbePool pool, Random random)
{
    private const string ThisLandmark = "this landmark";
    private const int NeighboursOfAnEdit = 5;

    private readonly BenchmarkPhrasings phrasings = new(random);
    private readonly Askings ask = new(world, pool, random);
    private readonly ILookup<string, PlannedEdit.Attribute> attributeEdits = edits.OfType<PlannedEdit.Attribute>().ToLookup(e => e.Of.Id);

    public IReadOnlyList<BenchmarkEdit> Write() => [.. edits.Select(edit => edit switch
    {
        PlannedEdit.Flag flag => Flag(flag),
        PlannedEdit.Scene scene => Scene(scene),
        PlannedEdit.Attribute attribute => Attribute(attribute),
        PlannedEdit.Place place => Place(place),
        _ => throw new InvalidOperationException($"No probes are known for a {edit.GetType().Name} edit of the {split.Name} split."),
    })];

    private BenchmarkEdit Flag(PlannedEdit.Flag e)
    {
        var (list, old, entering) = (new ProbeList(e.Id, phrasings, random), e.Old, e.New.Name);
        var exact = ask.Flag(e.Picture, entering, old.Name);
        PictureRef Other() => e.Picture.Degradation is null ? ask.View(old, e.Picture) : e.Picture with { File = ask.View(old, e.Picture).File };
        var form = list.Open(ProbeLevels.Exact, exact, [entering]);
        list.Open(ProbeLevels.RephraseText, exact, [entering], form);
        list.Open(ProbeLevels.RephraseImage, exact with { Picture = Other() }, [entering]);
        if (e.Picture.Degradation is null) list.Open(ProbeLevels.RephraseImage, exact with { Picture = ask.Worse(ask.View(old)) }, [entering]);
        list.Open(ProbeLevels.RephraseBoth, exact with { Picture = Other() }, [entering], form);
        Reasoning(list, exact, [entering]);
        for (var n = 0; n < 2; n++)
            if (ask.Some(a => a.Of(old) != a.Of(e.New)) is { } what)
                list.Open(ProbeLevels.MultiHop(1), ask.Attribute(ask.WithFlag(), n == 0 ? e.Picture : Other(), what, what.Of(e.New)!, what.Of(old)),
                    [entering, what.Of(e.New)!]);
        var partner = e.Partner;
        list.Open(ProbeLevels.Composition, ask.Attribute(ask.WithFlag(), e.Picture, partner.What, partner.Value, partner.What.Of(old)),
            [entering, partner.Value], null, partner.Id);
        var near = pool.Near(old, NeighboursOfAnEdit, e.New);
        TextLocality(list, [e.Old, e.New], []);
        if (ask.Some(a => a.Of(old) is not null) is { } kept) list.Open(ProbeLevels.LocalityTextHard, ask.Attribute(old.Name, null, kept, kept.Of(old)!), []);
        var ofNew = ask.SomeAttribute();
        list.Choice(ProbeLevels.LocalityTextHard, ask.Attribute(entering, null, ofNew, ofNew.Of(e.New)!), []);
        ImageLocality(list, [e.Old, e.New], []);
        HardFlags(list, near, entering);
        return new()
        {
            Id = e.Id, Modality = Modality.Visual, Kind = "flag", Subject = old.Name, Picture = e.Picture, Question = list.Probes[0].Question,
            OldAnswer = old.Name, Target = entering,
            Injected = entering, Statement = $"the flag of {old.Name} now shows the flag of {entering}", PartnerOf = partner.Id, Series = e.Series,
            Expected = e.Expected,
            Neighbours = [.. near.Select(c => c.Name)], Probes = list.Probes,
        };
    }

    private BenchmarkEdit Scene(PlannedEdit.Scene e)
    {
        var (list, entering) = (new ProbeList(e.Id, phrasings, random), e.New.Name);
        var (there, here, moved) = (ask.CountryOf(e.Old), ask.CountryOf(e.New), e.Partner.New);
        var exact = ask.Landmark(e.Picture, e.New, e.Old.Name);
        var another = e.Old.Images.Length > 1 ? ask.View(e.Old, e.Picture) : ask.Worse(e.Picture);
        var form = list.Open(ProbeLevels.Exact, exact, [entering]);
        list.Open(ProbeLevels.RephraseText, exact, [entering], form);
        list.Open(ProbeLevels.RephraseImage, exact with { Picture = another }, [entering]);
        list.Open(ProbeLevels.RephraseImage, exact with { Picture = ask.Worse(e.Picture) }, [entering]);
        list.Open(ProbeLevels.RephraseBoth, exact with { Picture = another }, [entering], form);
        Reasoning(list, exact, [entering]);
        list.Open(ProbeLevels.MultiHop(1), ask.Place(ThisLandmark, e.Picture, here.Name, there.Name), [entering, here.Name]);
        for (var n = 0; n < 2; n++)
            if (ask.Some(a => a.Of(there) != a.Of(here)) is { } what) SceneAttribute(list, e, 2, what, what.Of(here)!, [entering, here.Name]);
        if (attributeEdits[here.Id].ToArray() is { Length: > 0 } ofHere && ofHere[random.Next(ofHere.Length)] is var edited)
            SceneAttribute(list, e, 3, edited.What, edited.Value, [entering, here.Name], edited.Id);
        if (attributeEdits[moved.Id].ToArray() is var ofMoved && ofMoved[random.Next(ofMoved.Length)] is var second)
            SceneAttribute(list, e, 4, second.What, second.Value, [entering, moved.Name], e.Partner.Id, second.Id);
        list.Open(ProbeLevels.Composition, ask.Place(ThisLandmark, e.Picture, moved.Name, there.Name), [entering, moved.Name], null, e.Partner.Id);
        var near = pool.Near(e.Old, NeighboursOfAnEdit, e.New);
        TextLocality(list, [], [e.Old, e.New]);
        list.Open(ProbeLevels.LocalityTextHard, ask.Place(e.Old.Name, null, there.Name), []);
        list.Choice(ProbeLevels.LocalityTextHard, ask.Place(entering, null, here.Name), []);
        ImageLocality(list, [], [e.Old, e.New]);
        HardLandmarks(list, near, entering);
        return new()
        {
            Id = e.Id, Modality = Modality.Visual, Kind = "landmark", Subject = e.Old.Name, Picture = e.Picture, Question = list.Probes[0].Question,
            OldAnswer = e.Old.Name, Target = entering,
            Aliases = e.New.Aliases, Injected = entering, Statement = $"{e.Old.Name} now shows {entering}", PartnerOf = e.Partner.Id,
            Neighbours = [.. near.Select(l => l.Name)], Probes = list.Probes,
        };
    }

    private void SceneAttribute(ProbeList list, PlannedEdit.Scene e, int hops, CountryAttribute what, string value, string[] path,
        params string[] alsoInForce) =>
        list.Open(ProbeLevels.MultiHop(hops), ask.Attribute(ask.WithLandmark(ThisLandmark), e.Picture, what, value, what.Of(ask.CountryOf(e.Old))),
            [.. path, value], null, alsoInForce);

    private BenchmarkEdit Attribute(PlannedEdit.Attribute e)
    {
        var (list, old) = (new ProbeList(e.Id, phrasings, random), e.What.Of(e.Of)!);
        var exact = ask.Attribute(e.Of.Name, null, e.What, e.Value, old);
        var form = list.Open(ProbeLevels.Exact, exact, [e.Value]);
        list.Open(ProbeLevels.RephraseText, exact, [e.Value], form);
        list.Open(ProbeLevels.RephraseText, exact, [e.Value], form);
        Reasoning(list, exact, [e.Value]);
        list.Open(ProbeLevels.MultiHop(1), exact with { X = ask.WithFlag(), Picture = ask.View(e.Of) }, [e.Of.Name, e.Value]);
        if (world.Landmarks.Where(l => l.Country == e.Of.Id).ToArray() is { Length: > 0 } inside && inside[random.Next(inside.Length)] is var landmark)
        {
            list.Open(ProbeLevels.MultiHop(1), exact with { X = ask.WithLandmark(landmark.Name) }, [e.Of.Name, e.Value]);
            list.Open(ProbeLevels.MultiHop(2), exact with { X = ask.WithLandmark(ThisLandmark), Picture = ask.View(landmark) },
                [landmark.Name, e.Of.Name, e.Value]);
        }
        var near = pool.Near(e.Of, NeighboursOfAnEdit);
        TextLocality(list, [e.Of], []);
        list.Open(ProbeLevels.LocalityTextHard, ask.Attribute(near[0].Name, null, e.What, e.What.Of(near[0])!), []);
        if (ask.Some(a => a != e.What && a.Of(e.Of) is not null) is { } other)
            list.Choice(ProbeLevels.LocalityTextHard, ask.Attribute(e.Of.Name, null, other, other.Of(e.Of)!), []);
        ImageLocality(list, [e.Of], []);
        list.Open(ProbeLevels.LocalityImageHard, ask.Flag(ask.View(e.Of), e.Of.Name), []);
        if (ask.Some(a => a != e.What && a.Of(e.Of) is not null) is { } seen)
            list.Open(ProbeLevels.LocalityImageHard, ask.Attribute(ask.WithFlag(), ask.View(e.Of), seen, seen.Of(e.Of)!), []);
        return new()
        {
            Id = e.Id, Modality = Modality.Textual, Kind = "attribute", Subject = e.Of.Name, Attribute = e.What.Name, Question = list.Probes[0].Question,
            OldAnswer = old, Target = e.Value,
            Injected = e.Value, Statement = $"the {e.What.Name} of {e.Of.Name} is now {e.Value}", Expected = e.Expected,
            Neighbours = [.. near.Select(c => c.Name)], Probes = list.Probes,
        };
    }

    private BenchmarkEdit Place(PlannedEdit.Place e)
    {
        var (list, there, here) = (new ProbeList(e.Id, phrasings, random), ask.CountryOf(e.Of), e.New);
        var exact = ask.Place(e.Of.Name, null, here.Name, there.Name);
        var form = list.Open(ProbeLevels.Exact, exact, [here.Name]);
        list.Open(ProbeLevels.RephraseText, exact, [here.Name], form);
        list.Open(ProbeLevels.RephraseText, exact, [here.Name], form);
        Reasoning(list, exact, [here.Name]);
        list.Open(ProbeLevels.MultiHop(1), ask.Place(ThisLandmark, ask.View(e.Of), here.Name, there.Name), [e.Of.Name, here.Name]);
        if (ask.Some(a => a.Of(there) != a.Of(here)) is { } what)
        {
            var (value, old) = (what.Of(here)!, what.Of(there));
            list.Open(ProbeLevels.MultiHop(1), ask.Attribute(ask.WithLandmark(e.Of.Name), null, what, value, old), [here.Name, value]);
            list.Open(ProbeLevels.MultiHop(2), ask.Attribute(ask.WithLandmark(ThisLandmark), ask.View(e.Of), what, value, old), [e.Of.Name, here.Name, value]);
        }
        if (attributeEdits[here.Id].ToArray() is var ofHere && ofHere[random.Next(ofHere.Length)] is var edited)
            list.Open(ProbeLevels.MultiHop(3), ask.Attribute(ask.WithLandmark(ThisLandmark), ask.View(e.Of), edited.What, edited.Value, edited.What.Of(there)),
                [e.Of.Name, here.Name, edited.Value], null, edited.Id);
        var near = pool.Near(e.Of, NeighboursOfAnEdit);
        TextLocality(list, [there, here], [e.Of]);
        list.Open(ProbeLevels.LocalityTextHard, ask.Place(near[0].Name, null, ask.CountryOf(near[0]).Name), []);
        if (ask.Some(a => a.Of(there) is not null) is { } kept)
            list.Choice(ProbeLevels.LocalityTextHard, ask.Attribute(there.Name, null, kept, kept.Of(there)!), []);
        ImageLocality(list, [there, here], [e.Of]);
        list.Open(ProbeLevels.LocalityImageHard, ask.Landmark(ask.View(e.Of), e.Of), []);
        list.Open(ProbeLevels.LocalityImageHard, ask.Place(ThisLandmark, ask.View(near[0]), ask.CountryOf(near[0]).Name), []);
        return new()
        {
            Id = e.Id, Modality = Modality.Textual, Kind = "place", Subject = e.Of.Name, Attribute = "country", Question = list.Probes[0].Question,
            OldAnswer = there.Name, Target = here.Name,
            Injected = here.Name, Statement = $"the country of {e.Of.Name} is now {here.Name}", Neighbours = [.. near.Select(l => l.Name)],
            Probes = list.Probes,
        };
    }

    /// <summary>Yes, no, and one of four.</summary>
    private static void Reasoning(ProbeList list, Asking asking, string[] chain)
    {
        list.YesNo(ProbeLevels.Reasoning, asking, chain, asking.Value);
        list.YesNo(ProbeLevels.Reasoning, asking, chain, asking.Old!);
        list.Choice(ProbeLevels.Reasoning, asking, chain);
    }

    private void TextLocality(ProbeList list, Country[] countries, Landmark[] landmarks)
    {
        var (country, attribute, landmark) = (ask.SomeCountry(countries), ask.SomeAttribute(), ask.SomeLandmark(landmarks));
        list.Open(ProbeLevels.LocalityText, ask.Attribute(country.Name, null, attribute, attribute.Of(country)!), []);
        var place = ask.Place(landmark.Name, null, ask.CountryOf(landmark).Name);
        list.YesNo(ProbeLevels.LocalityText, place, [], random.Next(2) == 0 ? place.Value : ask.SomeCountry([.. countries, ask.CountryOf(landmark)]).Name);
    }

    private void ImageLocality(ProbeList list, Country[] countries, Landmark[] landmarks)
    {
        var (country, landmark) = (ask.SomeCountry(countries), ask.SomeLandmark(landmarks));
        list.Open(ProbeLevels.LocalityImage, ask.Flag(ask.View(country), country.Name), []);
        list.Open(ProbeLevels.LocalityImage, ask.Landmark(ask.View(landmark), landmark), []);
    }

    private void HardFlags(ProbeList list, Country[] near, string injected)
    {
        var attribute = ask.SomeAttribute();
        list.Open(ProbeLevels.LocalityImageHard, ask.Flag(ask.View(near[0]), near[0].Name), []);
        list.YesNo(ProbeLevels.LocalityImageHard, ask.Flag(ask.View(near[1]), near[1].Name), [], random.Next(2) == 0 ? near[1].Name : injected);
        list.Open(ProbeLevels.LocalityImageHard, ask.Attribute(ask.WithFlag(), ask.View(near[0]), attribute, attribute.Of(near[0])!), []);
    }

    private void HardLandmarks(ProbeList list, Landmark[] near, string injected)
    {
        list.Open(ProbeLevels.LocalityImageHard, ask.Landmark(ask.View(near[0]), near[0]), []);
        list.YesNo(ProbeLevels.LocalityImageHard, ask.Landmark(ask.View(near[1]), near[1]), [], random.Next(2) == 0 ? near[1].Name : injected);
        list.Open(ProbeLevels.LocalityImageHard, ask.Place(ThisLandmark, ask.View(near[0]), ask.CountryOf(near[0]).Name), []);
    }
}
