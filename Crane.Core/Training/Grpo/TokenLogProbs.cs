using Crane.Core.Model;
using Crane.Core.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>A prompt with one of its completions.</summary>
/// <param name="Prompt">What comes before.</param>
/// <param name="Completion">The tokens that are scored; at least one.</param>
/// <param name="Learns">Whether a gradient is wanted.</param>
/// <param name="Counts">Whether the row is scored at all; its numbers are 0 otherwise.</param>
public sealed record PolicyRow(EncodedPrompt Prompt, int[] Completion, bool Learns = true, bool Counts = true);

/// <summary>log π of every token of a completion, and the entropy of the distribution that it was drawn from. TRL:
/// <c>_get_per_token_logps_and_entropies</c>.</summary>
public static class TokenLogProbs
{
    private const double MostPadding = 1.15;   // a pass may be longer than its shortest row by this factor

    /// <summary>Scores completions. Rows are read in passes of similar length, padded behind; the head is computed at completions alone; a picture that several rows
    /// share is read once a pass.</summary>
    /// <param name="model">The policy or the reference.</param>
    /// <param name="rows">At least one.</param>
    /// <param name="temperature">Divides the logits.</param>
    /// <param name="padId">Fills short rows.</param>
    /// <returns>log-probabilities and entropies in nats, both <c>[rows, tokens]</c> float32, 0 behind the end of a completion.</returns>
    public static (Tensor LogProbs, Tensor Entropies) Of(CausalModel model, IReadOnlyList<PolicyRow> rows, double temperature, int padId)
    {
        using var scope = NewDisposeScope();
        var width = rows.Max(row => row.Completion.Length);
        var (logProbs, entropies) = (zeros([rows.Count * width], device: model.Device), zeros([rows.Count * width], device: model.Device));
        foreach (var pass in Passes(rows))
        {
            var scored = Score(model, [.. pass.Select(i => rows[i])], temperature, padId);
            using var places = tensor([.. pass.SelectMany(i => Enumerable.Range(i * width, rows[i].Completion.Length)).Select(place => (long)place)], device: model.Device);
            logProbs = logProbs.index_add(0, places, scored.LogProbs, 1);
            entropies = entropies.index_add(0, places, scored.Entropies, 1);
        }
        return (logProbs.view(rows.Count, width).MoveToOuterDisposeScope(), entropies.view(rows.Count, width).MoveToOuterDisposeScope());
    }

    private static IEnumerable<int[]> Passes(IReadOnlyList<PolicyRow> rows)
    {
        int Length(int row) => rows[row].Prompt.Ids.Length + rows[row].Completion.Length;
        foreach (var kind in Enumerable.Range(0, rows.Count).Where(row => rows[row].Counts).GroupBy(row => rows[row].Learns))
        {
            var pass = new List<int>();
            foreach (var row in kind.OrderBy(Length))
            {
                if (pass.Count > 0 && Length(row) > Length(pass[0]) * MostPadding)
                {
                    yield return [.. pass];
                    pass.Clear();
                }
                pass.Add(row);
            }
            yield return [.. pass];
        }
    }

    private static (Tensor LogProbs, Tensor Entropies) Score(CausalModel model, PolicyRow[] rows, double temperature, int padId)
    {
        using var gradient = rows[0].Learns ? null : no_grad();   // rows of a pass agree
        using var scope = NewDisposeScope();
        var input = ModelInput.Pad([.. rows.Select(row => (int[])[.. row.Prompt.Ids, .. row.Completion])], padId, left: false).To(model.Device);
        VisionInput?[] pictures = [.. rows.Select(row => row.Prompt.Picture)];
        var features = SharedPictures.See(model, pictures);
        input = input with { ImageGrids = [.. pictures.OfType<VisionInput>().Select(picture => picture.Grid)] };
        var hidden = model.Hidden(input, features: features).Hidden;                                                    // [rows, length, hidden]
        var length = (int)input.InputIds.shape[1];
        var before = tensor([.. rows.SelectMany((row, r) => Enumerable.Range(r * length + row.Prompt.Ids.Length - 1, row.Completion.Length)).Select(place => (long)place)], device: model.Device);
        var logits = model.Logits(hidden.flatten(0, 1).index_select(0, before)).to(float32);                            // [tokens, vocabulary]
        if (temperature != 1) logits = logits / Scalars.Keep(temperature);
        var all = logits.log_softmax(-1);
        var ids = tensor([.. rows.SelectMany(row => row.Completion).Select(id => (long)id)], device: model.Device).unsqueeze(1);
        return (all.gather(1, ids).squeeze(1).MoveToOuterDisposeScope(), (-(all.exp() * all).sum(-1)).MoveToOuterDisposeScope());
    }
}
