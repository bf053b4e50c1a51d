using Crane.Core.Model;
using Crane.Core.Training.Grpo;
using Crane.Core.Training.Pretraining;
using Crane.Core.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Training.Sft;

/// <summary>What a micro batch measured.</summary>
/// <param name="Loss">Its share of the step's loss, in nats.</param>
/// <param name="TokenAccuracy">Share of its labels that were the likeliest token.</param>
/// <param name="Entropy">Mean entropy where there is a label, nats.</param>
internal sealed record SftMicro(double Loss, double TokenAccuracy, double Entropy);

/// <summary>The pass of SFT: rows → hidden states → costs of labels → gradient.</summary>
internal static class SftUpdate
{
    /// <summary>Labels that count: all but the first of each document (of each row, where documents see each other), since nothing stands before it.</summary>
    public static long Items(IEnumerable<TrainingRow[]> rows) =>
        rows.SelectMany(documents => documents).Sum(document => document.Labels.Skip(1).LongCount(label => label != CausalLoss.Ignore));

    /// <summary>Adds the gradient of a micro batch: Σ cost / items, so that the parts of a step add up to the mean over its labels.</summary>
    /// <param name="model">What is trained.</param>
    /// <param name="rows">Documents of each row.</param>
    /// <param name="items">Labels of the whole step.</param>
    /// <param name="config">Which loss.</param>
    /// <param name="padId">Fills short rows.</param>
    public static SftMicro Accumulate(CausalModel model, IReadOnlyList<TrainingRow[]> rows, long items, SftConfig config, int padId)
    {
        using var scope = NewDisposeScope();
        TrainingRow[] documents = [.. rows.SelectMany(row => row)];
        var hidden = config.IsPaddingFree ? PackedHidden.Of(model, [.. documents.Select(d => (d.Ids, d.Picture))]) : Padded(model, documents, padId);
        var stride = config.IsPaddingFree ? 0 : (int)hidden.shape[1];
        var (places, labels) = (new List<long>(), new List<long>());
        for (int d = 0, start = 0; d < documents.Length; start += config.IsPaddingFree ? documents[d].Ids.Length : stride, d++)
            for (var t = 1; t < documents[d].Labels.Length; t++)
                if (documents[d].Labels[t] != CausalLoss.Ignore)
                {
                    places.Add(start + t - 1);
                    labels.Add(documents[d].Labels[t]);
                }
        if (places.Count == 0) return new(0, double.NaN, double.NaN);
        var at = hidden.flatten(0, 1).index_select(0, tensor(places.ToArray(), device: model.Device));                  // [labels, hidden]
        var (logits, targets) = (model.Logits(at).to(float32), tensor(labels.ToArray(), device: model.Device));        // [labels, vocabulary], [labels]
        var loss = SftLoss.PerToken(logits, targets, config.LossType, config.LabelSmoothingFactor).sum() / Scalars.Keep((double)items);
        loss.backward();
        using var none = no_grad();
        var all = logits.detach().log_softmax(-1);
        return new(loss.item<float>(), all.argmax(-1).eq(targets).to(float32).mean().item<float>(), -(all.exp() * all).sum(-1).mean().item<float>());
    }

    private static Tensor Padded(CausalModel model, TrainingRow[] rows, int padId)
    {
        VisionInput?[] pictures = [.. rows.Select(row => row.Picture)];
        var input = ModelInput.Pad([.. rows.Select(row => row.Ids)], padId, left: false).To(model.Device);
        return model.Hidden(input with { ImageGrids = [.. pictures.OfType<VisionInput>().Select(picture => picture.Grid)] },
            features: SharedPictures.See(model, pictures)).Hidden;
    }
}
