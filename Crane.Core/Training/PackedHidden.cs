using Crane.Core.Model;
using Crane.Core.Training.Grpo;
using Crane.Core.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Training;

/// <summary>Reads documents that lie behind each other in one row, none of which sees another: no padding.</summary>
internal static class PackedHidden
{
    /// <summary>Vectors after the final norm.</summary>
    /// <param name="model">The model.</param>
    /// <param name="documents">Tokens and picture of each.</param>
    /// <returns><c>[1, total length, hidden]</c>.</returns>
    public static Tensor Of(CausalModel model, IReadOnlyList<(int[] Ids, VisionInput? Picture)> documents)
    {
        using var scope = NewDisposeScope();
        var ids = tensor([.. documents.SelectMany(d => d.Ids).Select(id => (long)id)], device: model.Device).unsqueeze(0);   // [1, total]
        var document = tensor([.. documents.SelectMany((d, i) => Enumerable.Repeat((long)i, d.Ids.Length))], device: model.Device);
        var length = document.shape[0];
        var mask = ones(length, length, dtype: ScalarType.Bool,
            device: model.Device).tril().logical_and(document.unsqueeze(0).eq(document.unsqueeze(1))).view(1, 1, length, length);
        var rotary = Rotary.Multimodal(Positions(model, documents), model.TextConfig).To(model.Type);
        var x = model.Decoder.Embed(ids);
        DeepStack? deepStack = null;
        if (SharedPictures.See(model, [.. documents.Select(d => d.Picture)]) is { } features)
        {
            var places = ids.flatten().eq(Scalars.Keep((long)((QwenVl)model).Config.ImageTokenId)).nonzero().squeeze(1);
            x = x.flatten(0, 1).index_copy(0, places, features.Merged.to(x.dtype)).view(x.shape);
            deepStack = new(places, features.DeepStack);
        }
        return model.Decoder.Forward(x, new(rotary, mask, null, null), deepStack).MoveToOuterDisposeScope();
    }

    /// <summary>Positions that begin anew with every document. <c>[3, 1, total]</c></summary>
    private static Tensor Positions(CausalModel model, IReadOnlyList<(int[] Ids, VisionInput? Picture)> documents)
    {
        if (model is not QwenVl seeing)
            return tensor([.. documents.SelectMany(d => Enumerable.Range(0, d.Ids.Length)).Select(i => (long)i)], device: model.Device).view(1, 1,
                -1).expand(3, -1, -1);
        var input = ModelInput.Pad([.. documents.Select(d => d.Ids)], 0, left: false)
            with { ImageGrids = [.. documents.Select(d => d.Picture).OfType<VisionInput>().Select(picture => picture.Grid)] };
        var padded = seeing.Positions(input).Positions;                                                                     // [3, documents, longest]
        return cat([.. documents.Select((d, i) => padded[.., i, ..d.Ids.Length])], dim: 1).unsqueeze(1).to(model.Device);
    }
}
