using System.Collections.Concurrent;
using ScottPlot;
using SkiaSharp;

namespace Crane.Core.Display;

/// <summary>The one font of every PNG. It lies inside the assembly, so that figures look alike everywhere and need no font of the system.</summary>
internal static class Typeface
{
    public const string Family = "Crane DejaVu Sans";
    private static readonly ConcurrentDictionary<float, SKFont> Sizes = [];

    public static SKTypeface Face { get; } = Read();

    /// <summary>A font of a size in pixels, for drawing and measuring; shared, not to be disposed.</summary>
    public static SKFont At(float size) => Sizes.GetOrAdd(size, s => new SKFont(Face, s) { Edging = SKFontEdging.Antialias, Subpixel = true });

    /// <summary>Width of a text in pixels.</summary>
    public static float Width(string text, float size) => At(size).MeasureText(text);

    /// <summary>The text, shortened with an ellipsis to a width in pixels.</summary>
    public static string Fit(string text, float size, float width)
    {
        if (Width(text, size) <= width) return text;
        for (var length = text.Length - 1; length > 0; length--)
            if (Width(text[..length] + "…", size) <= width) return text[..length].TrimEnd() + "…";
        return "…";
    }

    private static SKTypeface Read()
    {
        using var stream = typeof(Typeface).Assembly.GetManifestResourceStream("Crane.Core.Display.Fonts.DejaVuSans.ttf")
            ?? throw new InvalidOperationException("The assembly Crane.Core carries no font 'Crane.Core.Display.Fonts.DejaVuSans.ttf'; build it from an intact checkout.");
        using var data = SKData.Create(stream);
        var face = SKTypeface.FromData(data) ?? throw new InvalidOperationException("SkiaSharp cannot read the font inside Crane.Core.");
        ScottPlot.Fonts.FontResolvers.Insert(0, new Resolver(face));
        return face;
    }

    private sealed class Resolver(SKTypeface face) : IFontResolver
    {
        public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) => fontName == Family ? face : null;

        public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) => fontName == Family ? face : null;
    }
}
