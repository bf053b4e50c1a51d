namespace Crane.Core.Memory.Learning;

/// <summary>Where an emblem stands and how large it is, in heights of the flag; <paramref name="Along"/> is a share of the width.</summary>
public sealed record EmblemPlace(double Along, double Down, double Size);

/// <summary>An invented flag: the ground's form, the emblems on it, and its colours.</summary>
/// <param name="Ground">Form of the ground.</param>
/// <param name="Parts">Relative widths of its parts.</param>
/// <param name="Colours">Those of the parts, by their place in <see cref="Palette"/>.</param>
/// <param name="Emblems">What lies on it.</param>
/// <param name="Mirrored">Whether left and right are exchanged in the ground.</param>
public sealed record FlagDesign(FlagGround Ground, double[] Parts, int[] Colours, IReadOnlyList<(EmblemPlace Place, Emblem Emblem)> Emblems,
    bool Mirrored = false)
{
    /// <summary>What flags are coloured with: red, green, blue.</summary>
    public static IReadOnlyList<int[]> Palette { get; } =
    [
        [206, 17, 38], [255, 255, 255], [0, 40, 104], [252, 209, 22], [0, 122, 61], [0, 0, 0], [239, 125, 0], [116, 172, 223], [0, 85, 164], [139, 0, 30],
        [0, 82, 45], [0, 158, 96], [70, 40, 120],
    ];

    private static readonly EmblemPlace[] Places = [new(0.5, 0.5, 0.5), new(0.5, 0.5, 0.5), new(0.5, 0.5, 0.7), new(0.25, 0.3, 0.35), new(0.25, 0.5, 0.45),
        new(0.75, 0.5, 0.55), new(0.73, 0.52, 0.6), new(0.2, 0.25, 0.3)];

    /// <summary>Badges of ensigns, and stars spread over half a flag.</summary>
    private static readonly EmblemPlace[] Fly = [new(0.75, 0.5, 0.55), new(0.73, 0.52, 0.6), new(0.75, 0.5, 0.4), new(0.75, 0.5, 0.85)];

    /// <summary>Fields that real ensigns have, on which cantons are blue, white and red.</summary>
    private static readonly int[] Fields = [2, 2, 8, 0, 7];

    /// <summary>A new design.</summary>
    public static FlagDesign Invent(Random random)
    {
        // Ensigns are many in the world, and nothing but a badge tells one from another.
        var ground = random.Next(8) == 0 ? FlagGround.Ensign : Enum.GetValues<FlagGround>()[random.Next(Enum.GetValues<FlagGround>().Length)];
        var parts = FlagGrounds.Parts(ground, random);
        var colours = ground is FlagGround.Ensign && random.Next(2) == 0 ? [Fields[random.Next(Fields.Length)], 2, 1, 0]
            : Draw(FlagGrounds.Colours(ground, parts), random);
        var places = ground is FlagGround.Ensign ? Fly : Places;
        (EmblemPlace, Emblem)[] emblems = [.. Enumerable.Range(0, ground is FlagGround.Ensign ? 1 : random.Next(10) switch { < 3 => 0, < 8 => 1, _ => 2 })
            .Select(_ => (places[random.Next(places.Length)], Emblem.Invent(random)))];
        return new(ground, parts, colours, emblems, FlagGrounds.HasSides(ground) && random.Next(8) == 0);
    }

    /// <summary>A design that is easily taken for this one.</summary>
    public FlagDesign Variant(Random random)
    {
        switch (random.Next(Ground is FlagGround.Ensign ? 12 : 6))
        {
            case 0 when Colours.Distinct().Count() > 1:   // Ireland and Côte d'Ivoire
                return this with { Colours = Exchanged(random) };
            case 1:   // one colour is another: Italy and Mexico's greens would not do, France and Italy do
                var other = (int[])Colours.Clone();
                other[random.Next(other.Length)] = Draw(1, random, other)[0];
                return this with { Colours = other };
            case 2 when Emblems.Count > 0:   // without one emblem
                return this with { Emblems = [.. Emblems.Skip(1)] };
            case 3 when Emblems.Count > 0:   // the emblem in another place
                var others = (Ground is FlagGround.Ensign ? Fly : Places).Where(p => p != Emblems[0].Place).ToArray();
                return this with { Emblems = [(others[random.Next(others.Length)], Emblems[0].Emblem), .. Emblems.Skip(1)] };
            default:   // another emblem in the same place: the ensigns
                var place = Emblems.Count > 0 ? Emblems[0].Place : Places[random.Next(Places.Length)];
                return this with { Emblems = [(place, Emblem.Invent(random)), .. Emblems.Skip(1)] };
        }
    }

    /// <summary>Whether two designs of a family are one flag.</summary>
    public bool IsSame(FlagDesign other) => Colours.SequenceEqual(other.Colours) && Emblems.SequenceEqual(other.Emblems);

    /// <summary>The shapes of a drawing, the ground first.</summary>
    public IReadOnlyList<FlagShape> Shapes(DrawingHand hand)
    {
        double[][] mixed = [.. Colours.Select(c => hand.Mix(Palette[c]))];
        double[] parts = [.. Parts.Select(p => p * hand.Near(0.25))];
        var shapes = FlagGrounds.Shapes(Ground, parts, mixed, hand);
        if (Mirrored) shapes = [.. shapes.Select(s => s with { Covers = (u, v) => s.Covers(hand.Aspect - u, v) })];
        var scale = hand.Near(0.4);
        return [.. shapes, .. Emblems.SelectMany(e => e.Emblem.Shapes(e.Place, scale, hand, onDisc: Ground is FlagGround.Ensign && hand.Random.Next(6) == 0))];
    }

    /// <summary>Different colours, the usual ones more often.</summary>
    internal static int[] Draw(int count, Random random, IReadOnlyCollection<int>? without = null)
    {
        var colours = new List<int>();
        while (colours.Count < count)
        {
            var colour = (int)(Palette.Count * Math.Pow(random.NextDouble(), 1.6));
            if (!colours.Contains(colour) && without?.Contains(colour) != true) colours.Add(colour);
        }
        return [.. colours];
    }

    private int[] Exchanged(Random random)
    {
        var exchanged = (int[])Colours.Clone();
        while (exchanged.SequenceEqual(Colours)) random.Shuffle(exchanged);
        return exchanged;
    }
}
