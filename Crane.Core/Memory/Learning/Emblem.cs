namespace Crane.Core.Memory.Learning;

/// <summary>A part of an emblem, in units of its size around its middle.</summary>
/// <param name="Form">disc, ring, star, crescent, diamond, shield, bar or blob.</param>
/// <param name="X">Of its middle, −0.5..0.5.</param>
/// <param name="Y">Of its middle, −0.5..0.5, downwards.</param>
/// <param name="Radius">Half its extent, 0..0.5.</param>
/// <param name="Points">Of a star; lobes of a blob.</param>
/// <param name="Turn">In radians.</param>
/// <param name="Colour">Place in <see cref="FlagDesign.Palette"/>.</param>
public sealed record EmblemPart(string Form, double X, double Y, double Radius, int Points, double Turn, int Colour);

/// <summary>What lies on a flag: a star, a crescent, several stars, or a coat of arms of many parts.</summary>
/// <param name="Parts">The lowest first.</param>
public sealed record Emblem(IReadOnlyList<EmblemPart> Parts)
{
    private static readonly string[] Forms = ["disc", "ring", "star", "diamond", "shield", "bar", "blob", "blob", "crescent"];

    /// <summary>A new emblem.</summary>
    public static Emblem Invent(Random random)
    {
        double Spread(double most) => most * (2 * random.NextDouble() - 1);
        var colours = FlagDesign.Draw(4, random);
        EmblemPart Part(string form, double x, double y, double radius, int colour) =>
            new(form, x, y, radius, random.Next(4, 9), Spread(Math.PI), colours[colour]);
        switch (random.Next(7))
        {
            case 0: return new([Part("star", 0, 0, 0.45, 0) with { Points = 5, Turn = 0 }]);
            case 1: return new([Part("crescent", -0.1, 0, 0.4, 0) with { Turn = 0 }, Part("star", 0.25, 0, 0.2, random.Next(2)) with { Points = 5, Turn = 0 }]);
            case 2: return new([.. Enumerable.Range(0, random.Next(3, 8))
                .Select(_ => Part("star", Spread(0.42), Spread(0.42), 0.08 + 0.08 * random.NextDouble(), 0) with { Points = 5, Turn = 0 })]);
            case 3: return new([Part("disc", 0, 0, 0.4, 0), Part(Forms[random.Next(Forms.Length)], 0, 0, 0.28, 1)]);
            default:
                var ground = Part(random.Next(2) == 0 ? "shield" : "disc", 0, 0, 0.45, 0) with { Turn = 0 };
                EmblemPart[] details = [.. Enumerable.Range(0, random.Next(2, 10)).Select(_ =>
                    Part(Forms[random.Next(Forms.Length)], Spread(0.3), Spread(0.33), 0.08 + 0.22 * random.NextDouble(), random.Next(4)))];
                return new(random.Next(3) == 0 ? details : [ground, .. details]);
        }
    }

    /// <summary>Its shapes as a hand draws them: small details may be missing, all are a little displaced.</summary>
    /// <param name="place">Where.</param>
    /// <param name="scale">The hand's own size of emblems.</param>
    /// <param name="hand">The hand.</param>
    /// <param name="onDisc">Whether the hand puts a white disc under it.</param>
    public IEnumerable<FlagShape> Shapes(EmblemPlace place, double scale, DrawingHand hand, bool onDisc = false)
    {
        var size = place.Size * scale;
        var (x, y) = (place.Along * hand.Aspect * hand.Near(0.06), place.Down * hand.Near(0.08));
        var mixed = new Dictionary<int, double[]>();
        if (onDisc) yield return new(hand.Mix(FlagDesign.Palette[1]), (u, v) => Square((u - x) / size) + Square((v - y) / size) < 0.27);
        foreach (var part in Parts)
        {
            if (Parts.Count > 2 && part.Radius < 0.2 && part.Form != "star" && hand.Random.NextDouble() < 0.3 * hand.Freedom) continue;
            if (!mixed.TryGetValue(part.Colour, out var colour)) mixed[part.Colour] = colour = hand.Mix(FlagDesign.Palette[part.Colour]);
            var (u, v, r) = (x + size * part.X * hand.Near(0.2), y + size * part.Y * hand.Near(0.2), size * part.Radius * hand.Near(0.3));
            yield return new(colour, Within(part, u, v, Math.Max(r, 1e-3)));
        }
    }

    private static Func<double, double, bool> Within(EmblemPart part, double x, double y, double r) => part.Form switch
    {
        "disc" => (u, v) => Square((u - x) / r) + Square((v - y) / r) < 1,
        "ring" => (u, v) => Square((u - x) / r) + Square((v - y) / r) is < 1 and > 0.5,
        "crescent" => (u, v) => Square((u - x) / r) + Square((v - y) / r) < 1 && Square((u - x) / r - 0.4) + Square((v - y) / r) > 0.64,
        "diamond" => (u, v) => Math.Abs(u - x) + Math.Abs(v - y) < r,
        "shield" => (u, v) => Math.Abs(u - x) < 0.8 * r * Math.Min(1, 1.6 - (v - y) / r) && Math.Abs(v - y) < r,
        "bar" => (u, v) => Math.Abs(u - x) < r && Math.Abs(v - y) < 0.25 * r,
        "star" => (u, v) => Math.Sqrt(Square(u - x) + Square(v - y)) < r * Point(Math.Atan2(u - x, y - v) + part.Turn, part.Points),
        _ => (u, v) => Math.Sqrt(Square(u - x) + Square(v - y)) < r * (0.7 + 0.3 * Math.Sin(part.Points / 2 * (Math.Atan2(v - y, u - x) + part.Turn))),
    };

    /// <summary>Radius of a star with straight edges at an angle from one of its points, 1 at the points and 0.4 between.</summary>
    private static double Point(double angle, int points)
    {
        var half = Math.PI / points;
        var at = Math.Abs((angle % (2 * half) + 2 * half) % (2 * half) - half);   // half at a point, 0 between
        var (inner, from) = (0.4, half - at);                                      // the line from (1, angle 0) to (inner, angle half), in polar form
        return inner * Math.Sin(half) / (Math.Sin(from) * (1 - inner * Math.Cos(half)) + inner * Math.Sin(half) * Math.Cos(from));
    }

    private static double Square(double x) => x * x;
}
