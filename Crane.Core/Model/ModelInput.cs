using Crane.Core.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Model;

/// <summary>A batch as the model reads it.</summary>
public sealed record ModelInput
{
    /// <summary>Tokens <c>[batch, length]</c> int64; each picture stands as one placeholder a feature.</summary>
    public required Tensor InputIds { get; init; }

    /// <summary>1 where a token counts, 0 at padding, <c>[batch, length]</c> int64; null: all count.</summary>
    public Tensor? AttentionMask { get; init; }

    /// <summary>Patches of all pictures of the batch in order, <c>[patches, values]</c> float32, or null.</summary>
    public Tensor? PixelValues { get; init; }

    /// <summary>A grid for each picture.</summary>
    public IReadOnlyList<GridThw> ImageGrids { get; init; } = [];

    /// <summary>Patches of all videos of the batch in order, or null.</summary>
    public Tensor? VideoPixelValues { get; init; }

    /// <summary>A grid for each video.</summary>
    public IReadOnlyList<GridThw> VideoGrids { get; init; } = [];

    /// <summary>Seconds between two temporal patches, one a video: 2 / frames a second. Only Qwen2.5-VL reads it; empty: 1 for every video.
    /// Hugging Face: second_per_grid_ts.</summary>
    public IReadOnlyList<float> SecondPerGridTs { get; init; } = [];

    /// <summary>Pads rows of tokens to one length.</summary>
    /// <param name="rows">Tokens of each row, pictures already expanded.</param>
    /// <param name="padId">Fills the shorter rows.</param>
    /// <param name="left">Padding in front (for generation) or behind (for training).</param>
    /// <param name="pictures">All pictures of the batch, in the order of rows and places.</param>
    public static ModelInput Pad(IReadOnlyList<int[]> rows, int padId, bool left, IReadOnlyList<VisionInput>? pictures = null)
    {
        if (rows.Count == 0 || rows.Any(row => row.Length == 0))
            throw new ArgumentException("A batch needs at least one row, and no row may be empty.", nameof(rows));
        var length = rows.Max(row => row.Length);
        var (ids, mask) = (new long[rows.Count * length], new long[rows.Count * length]);
        Array.Fill(ids, padId);
        for (var r = 0; r < rows.Count; r++)
        {
            var start = r * length + (left ? length - rows[r].Length : 0);
            for (var i = 0; i < rows[r].Length; i++) (ids[start + i], mask[start + i]) = (rows[r][i], 1);
        }
        return new()
        {
            InputIds = tensor(ids, [rows.Count, length]),
            AttentionMask = tensor(mask, [rows.Count, length]),
            PixelValues = pictures is { Count: > 0 }
                ? cat([.. pictures.Select(p => tensor(p.PixelValues, [p.Grid.Patches, p.PixelValues.Length / p.Grid.Patches]))], dim: 0) : null,
            ImageGrids = pictures is null ? [] : [.. pictures.Select(p => p.Grid)],
        };
    }

    /// <summary>The batch on another device; tensors already there are shared.</summary>
    public ModelInput To(Device device) => this with
    {
        InputIds = InputIds.to(device),
        AttentionMask = AttentionMask?.to(device),
        PixelValues = PixelValues?.to(device),
        VideoPixelValues = VideoPixelValues?.to(device),
    };
}
