using Crane.Notebooks.Engine;
using Crane.Notebooks.Formatting;

namespace Crane.Notebooks.Cells;

/// <summary>A value on show, which can change in place.</summary>
public sealed class DisplayedValue
{
    private readonly CellScope shownBy;
    private readonly string id;
    private readonly string? mimeType;

    internal DisplayedValue(CellScope shownBy, string id, string? mimeType) => (this.shownBy, this.id, this.mimeType) = (shownBy, id, mimeType);

    /// <summary>Shows another value in its place, also from a later cell.</summary>
    public void Update(object? value) => Update(value, mimeType);

    /// <summary>Shows another value in its place, under one MIME type.</summary>
    public void Update(object? value, string? mimeType) =>
        (CellScope.Current ?? shownBy).Show(new DisplayUpdate(MimeBundle.Of(value, mimeType), id));
}
