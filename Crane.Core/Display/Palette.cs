namespace Crane.Core.Display;

/// <summary>The colours of every figure and badge, in one place; told apart by colour-blind readers, on white and on black.</summary>
public static class Palette
{
    /// <summary>Okabe and Ito's eight (Color Universal Design, 2008) as <c>#rrggbb</c>; their yellow is darkened, since it vanishes on white,
    /// and their black is a grey, since it vanishes on black.</summary>
    public static IReadOnlyList<string> Series { get; } = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#B3A100", "#7F7F7F"];

    /// <summary>The colour of a series; after the eighth they repeat.</summary>
    /// <param name="index">Number of the series, from 0.</param>
    public static string Of(int index) => Series[index % Series.Count];

    /// <summary>The colour of a series, dark enough for letters on white.</summary>
    /// <param name="index">Number of the series, from 0.</param>
    internal static string Dark(int index)
    {
        var colour = SkiaSharp.SKColor.Parse(Of(index));
        return $"#{colour.Red * 7 / 10:X2}{colour.Green * 7 / 10:X2}{colour.Blue * 7 / 10:X2}";
    }

    /// <summary>Text and axes on a white figure.</summary>
    internal const string Ink = "#333333";

    /// <summary>Grid lines on a white figure.</summary>
    internal const string Grid = "#E6E6E6";
}
