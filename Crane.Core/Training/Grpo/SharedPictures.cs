using Crane.Core.Model;
using Crane.Core.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>Reads each different picture of a batch once, however many rows show it.</summary>
internal static class SharedPictures
{
    /// <summary>Features of the rows' pictures, in the order of the rows.</summary>
    /// <param name="model">Must see, where there is a picture.</param>
    /// <param name="pictures">One a row or null; rows that share a picture hold the same object.</param>
    /// <returns>null where no row has one.</returns>
    public static VisionFeatures? See(CausalModel model, IReadOnlyList<VisionInput?> pictures)
    {
        VisionInput[] shown = [.. pictures.OfType<VisionInput>()];
        if (shown.Length == 0) return null;
        if (model is not QwenVl seeing)
            throw new ArgumentException($"A {model.GetName()} reads text alone; {shown.Length} prompts have pictures.", nameof(pictures));
        using var scope = NewDisposeScope();
        VisionInput[] different = [.. shown.Distinct(ReferenceEqualityComparer.Instance).Cast<VisionInput>()];
        var pixels = cat([.. different.Select(p => tensor(p.PixelValues, [p.Grid.Patches, p.PixelValues.Length / p.Grid.Patches]))], dim: 0).to(model.Device);
        var features = seeing.Visual.Forward(pixels, [.. different.Select(p => p.Grid)]);
        if (different.Length == shown.Length)
            return new(features.Merged.MoveToOuterDisposeScope(), [.. features.DeepStack.Select(f => f.MoveToOuterDisposeScope())]);
        var merge = seeing.Config.Vision.SpatialMergeSize;
        var starts = new Dictionary<VisionInput, int>(ReferenceEqualityComparer.Instance);
        var total = 0;
        foreach (var picture in different)
        {
            starts[picture] = total;
            total += picture.Grid.Tokens(merge);
        }
        var rows = tensor([.. shown.SelectMany(p => Enumerable.Range(starts[p], p.Grid.Tokens(merge))).Select(i => (long)i)], device: model.Device);
        Tensor Repeat(Tensor f) => f.index_select(0, rows).MoveToOuterDisposeScope();
        return new(Repeat(features.Merged), [.. features.DeepStack.Select(Repeat)]);
    }
}
