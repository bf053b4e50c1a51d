namespace Crane.Core.Memory.Learning;

/// <summary>The forms that grounds of flags have.</summary>
public enum FlagGround
{
    /// <summary>One colour.</summary>
    Plain,

    /// <summary>Stripes from left to right.</summary>
    Stripes,

    /// <summary>Stripes from top to bottom.</summary>
    Pales,

    /// <summary>Three stripes that bear something at the hoist.</summary>
    HoistTriangle,

    /// <summary>Stripes beside an upright band.</summary>
    HoistBand,

    /// <summary>Two halves along a diagonal.</summary>
    Diagonal,

    /// <summary>Two halves and a stripe along the diagonal between them.</summary>
    Bend,

    /// <summary>A cross, the upright beam towards the hoist, perhaps within another.</summary>
    NordicCross,

    /// <summary>A cross in the middle.</summary>
    Cross,

    /// <summary>A cross of two diagonals.</summary>
    Saltire,

    /// <summary>Four quarters.</summary>
    Quarters,

    /// <summary>A field in a border.</summary>
    Border,

    /// <summary>Stripes with a field in the upper hoist.</summary>
    Canton,

    /// <summary>A field with crosses upon crosses in the upper hoist.</summary>
    Ensign,

    /// <summary>A disc on a field.</summary>
    Disc,

    /// <summary>Rays from the middle.</summary>
    Rays,

    /// <summary>Wavy stripes.</summary>
    Waves,
}

/// <summary>Draws grounds.</summary>
internal static class FlagGrounds
{
    /// <summary>Whether mirroring gives another flag of the kind.</summary>
    public static bool HasSides(FlagGround ground) => ground is FlagGround.HoistTriangle or FlagGround.HoistBand or FlagGround.Diagonal or FlagGround.Bend;

    /// <summary>Relative widths for a new design.</summary>
    public static double[] Parts(FlagGround ground, Random random)
    {
        double Share(double low, double high) => low + (high - low) * random.NextDouble();
        double[] Even(int count) => [.. Enumerable.Repeat(1.0, count)];
        double[][] stripes = [Even(2), Even(3), Even(3), Even(3), [1, 2, 1], [2, 1, 1], [1, 1, 2], [1, 0.3, 1], [1, 0.2, 1, 0.2, 1], Even(5), [3, 1, 3, 1, 3],
            Even(4), Even(7), [2, 1, 2]];
        return ground switch
        {
            FlagGround.Stripes or FlagGround.Waves => stripes[random.Next(stripes.Length)],
            FlagGround.Pales => stripes[random.Next(9)],
            FlagGround.HoistTriangle or FlagGround.HoistBand => [Share(0.3, 0.7), .. stripes[random.Next(9)]],
            FlagGround.Canton => [Share(0.33, 0.55), .. stripes[2 + random.Next(stripes.Length - 2)]],
            FlagGround.Bend => [Share(0.1, 0.25), Share(0.02, 0.06)],
            FlagGround.NordicCross or FlagGround.Cross or FlagGround.Saltire => [Share(0.12, 0.28), random.Next(2) == 0 ? 0 : Share(0.3, 0.6)],
            FlagGround.Border => [Share(0.05, 0.16)],
            FlagGround.Disc => [Share(0.2, 0.36), Share(0.42, 0.52)],
            FlagGround.Rays => [random.Next(5, 13)],
            _ => [1],
        };
    }

    /// <summary>How many colours a ground of these parts has.</summary>
    public static int Colours(FlagGround ground, double[] parts) => ground switch
    {
        FlagGround.Plain => 1,
        FlagGround.Stripes or FlagGround.Pales or FlagGround.Waves => Math.Min(3, parts.Length),
        FlagGround.HoistTriangle or FlagGround.HoistBand or FlagGround.Canton => 1 + Math.Min(3, parts.Length - 1),
        FlagGround.Bend or FlagGround.Ensign => 4,
        FlagGround.NordicCross or FlagGround.Cross or FlagGround.Saltire => 3,
        FlagGround.Quarters => 4,
        _ => 2,
    };

    /// <summary>The shapes of a ground, the lowest first.</summary>
    public static IReadOnlyList<FlagShape> Shapes(FlagGround ground, double[] parts, double[][] colours, DrawingHand hand)
    {
        var a = hand.Aspect;
        FlagShape All(int colour) => new(colours[colour], (_, _) => true);
        switch (ground)
        {
            case FlagGround.Stripes: return Stripes(parts, colours, (_, v) => v);
            case FlagGround.Pales: return Stripes(parts, colours, (u, _) => u / a);
            case FlagGround.Waves: return Stripes(parts, colours, (u, v) => v + 0.05 * Math.Sin(4 * Math.PI * u));
            case FlagGround.HoistTriangle:
                return [.. Stripes(parts[1..], colours[1..], (_, v) => v), new(colours[0], (u, v) => u / a < parts[0] * (1 - Math.Abs(2 * v - 1)))];
            case FlagGround.HoistBand: return [.. Stripes(parts[1..], colours[1..], (_, v) => v), new(colours[0], (u, _) => u / a < 0.6 * parts[0])];
            case FlagGround.Canton:
                return [.. Stripes(parts[1..], colours[1..], (_, v) => v), new(colours[0], (u, v) => u / a < 0.9 * parts[0] && v < parts[0] + 0.05)];
            case FlagGround.Diagonal: return [All(0), new(colours[1], (u, v) => u / a + v > 1)];
            case FlagGround.Bend:
                return [All(0), new(colours[1], (u, v) => u / a + v > 1), new(colours[2], (u, v) => Math.Abs(u / a + v - 1) < parts[0] + parts[1]),
                    new(colours[3], (u, v) => Math.Abs(u / a + v - 1) < parts[0])];
            case FlagGround.NordicCross: return [All(0), Beams(0.37 * a, parts[0], 1), Beams(0.37 * a, parts[0] * parts[1], 2)];
            case FlagGround.Cross: return [All(0), Beams(0.5 * a, parts[0], 1), Beams(0.5 * a, parts[0] * parts[1], 2)];
            case FlagGround.Saltire: return [All(0), Diagonals(parts[0], 1, a, 1), Diagonals(parts[0] * parts[1], 2, a, 1)];
            case FlagGround.Quarters: return [All(0), new(colours[1], (u, v) => u > a / 2 && v < 0.5), new(colours[2], (u, v) => u < a / 2 && v > 0.5),
                new(colours[3], (u, v) => u > a / 2 && v > 0.5)];
            case FlagGround.Border: return [All(0), new(colours[1], (u, v) => Math.Min(Math.Min(u, a - u), Math.Min(v, 1 - v)) > parts[0])];
            case FlagGround.Ensign:
                bool Inside(double u, double v) => u < a / 2 && v < 0.5;
                FlagShape In(FlagShape shape) => shape with { Covers = (u, v) => Inside(u, v) && shape.Covers(u, v) };
                return [All(0), In(All(1)), In(Diagonals(0.1, 2, a / 2, 0.5)), In(Diagonals(0.04, 3, a / 2, 0.5)), In(CantonBeams(0.17, 2)),
                    In(CantonBeams(0.1, 3))];
            case FlagGround.Disc: return [All(0), new(colours[1], (u, v) => Math.Pow(u - parts[1] * a, 2) + Math.Pow(v - 0.5, 2) < parts[0] * parts[0])];
            case FlagGround.Rays: return [All(0),
                new(colours[1], (u, v) => (int)Math.Floor((Math.Atan2(v - 0.5, u - a / 2) / Math.PI + 1) * parts[0]) % 2 == 0)];
            default: return [All(0)];
        }

        FlagShape Beams(double at, double width, int colour) => new(colours[colour], (u, v) => Math.Abs(u - at) < width / 2 || Math.Abs(v - 0.5) < width / 2);
        FlagShape CantonBeams(double width, int colour) => new(colours[colour], (u, v) => Math.Abs(u - a / 4) < width / 2 || Math.Abs(v - 0.25) < width / 2);
        FlagShape Diagonals(double width, int colour, double w, double h) => new(colours[colour], (u, v) =>
            Math.Abs(u * h - v * w) / Math.Sqrt(w * w + h * h) < width / 2 || Math.Abs((w - u) * h - v * w) / Math.Sqrt(w * w + h * h) < width / 2);
    }

    /// <summary>Stripes along a direction; more stripes than colours repeat them from the outside in, as flags do.</summary>
    private static List<FlagShape> Stripes(double[] parts, double[][] colours, Func<double, double, double> along)
    {
        var (whole, from, shapes) = (parts.Sum(), 0.0, new List<FlagShape>());
        for (var i = 0; i < parts.Length; i++)
        {
            var start = from / whole;
            shapes.Add(new(colours[i % colours.Length], (u, v) => along(u, v) >= start));
            from += parts[i];
        }
        return shapes;
    }
}
