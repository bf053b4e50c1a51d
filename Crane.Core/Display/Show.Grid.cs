using Crane.Core.Vision;
using SkiaSharp;

namespace Crane.Core.Display;

public static partial class Show
{
    private const int SheetWidth = 760;
    private const int Gap = 10;
    private const float CaptionSize = 11;

    /// <summary>Pictures side by side, each with its caption below.</summary>
    /// <param name="pictures">Pictures and captions, row by row.</param>
    /// <param name="columns">Pictures in a row, at least 1.</param>
    public static View Grid(IEnumerable<(Picture Picture, string Caption)> pictures, int columns = 6)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        (Picture Picture, string Caption)[] items = [.. pictures];
        if (items.Length == 0) return new View("[no pictures]", Html.Wrap("<span class=\"note\">no pictures</span>"));
        columns = Math.Min(columns, items.Length);
        var cell = (SheetWidth - Gap * (columns - 1)) / columns;
        cell = Math.Min(cell, PictureWidth);
        var figures = items.Select(i =>
            $"<figure>{Html.Image(PictureFile.ToPng(ForCell(i.Picture, cell)), i.Caption, cell)}<figcaption>{Html.Escape(i.Caption)}</figcaption></figure>");
        var html = $"<div class=\"grid\" style=\"grid-template-columns:repeat({columns},minmax(0,{cell}px))\">{string.Concat(figures)}</div>";
        return new View($"[{items.Length} pictures: {string.Join("; ", items.Select(i => i.Caption))}]", Html.Wrap(html), Sheet(items, columns, cell));
    }

    private static Picture ForCell(Picture picture, int cell) => Raster.Enlarge(picture, Raster.Factor(picture.Width, cell));

    /// <summary>The grid as one PNG on white, twice as sharp as it is shown.</summary>
    private static byte[] Sheet((Picture Picture, string Caption)[] items, int columns, int cell)
    {
        var rows = items.Chunk(columns).Select(row => row.Max(i => cell * i.Picture.Height / (double)i.Picture.Width)).ToArray();
        var height = (int)Math.Ceiling(rows.Sum() + rows.Length * (CaptionSize * 2 + Gap));
        var width = columns * cell + (columns - 1) * Gap;
        using var surface = SKSurface.Create(new SKImageInfo(2 * width, 2 * height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        surface.Canvas.Clear(SKColors.White);
        surface.Canvas.Scale(2);
        var top = 0.0;
        for (var i = 0; i < items.Length; i++)
        {
            var (row, left) = (i / columns, i % columns * (cell + Gap));
            if (i % columns == 0 && i > 0) top += rows[row - 1] + CaptionSize * 2 + Gap;
            DrawCell(surface.Canvas, items[i], left, (float)(top + rows[row]), cell);
        }
        using var image = surface.Snapshot();
        using var png = image.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    /// <summary>A picture standing on a base line, its caption below.</summary>
    private static void DrawCell(SKCanvas canvas, (Picture Picture, string Caption) item, float left, float bottom, int cell)
    {
        using var image = SKImage.FromEncodedData(PictureFile.ToPng(item.Picture));
        var height = cell * item.Picture.Height / (float)item.Picture.Width;
        var sampling = new SKSamplingOptions(item.Picture.Width < 2 * cell ? SKFilterMode.Nearest : SKFilterMode.Linear, SKMipmapMode.Linear);
        canvas.DrawImage(image, new SKRect(0, 0, image.Width, image.Height), new SKRect(left, bottom - height, left + cell, bottom), sampling, null);
        using var ink = new SKPaint { Color = SKColor.Parse(Palette.Ink), IsAntialias = true };
        canvas.DrawText(Typeface.Fit(item.Caption.ReplaceLineEndings(" "), CaptionSize, cell), left, bottom + CaptionSize * 1.4f, SKTextAlign.Left,
            Typeface.At(CaptionSize), ink);
    }
}
