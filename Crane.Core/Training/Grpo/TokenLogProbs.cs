using Crane.Core.Model;
using Crane.Core.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>A prompt with one of its completions.</summary>
/// <param name="Prompt">What comes before; completions of one prompt share the object.</param>
/// <param name="Completion">The tokens that are scored; at least one.</param>
/// <param name="Learns">Whether a gradient is wanted.</param>
/// <param name="Counts">Whether the row is scored at all; its numbers are 0 otherwise.</param>
public sealed record PolicyRow(EncodedPrompt Prompt, int[] Completion, bool Learns = true, bool Counts = true);

/// <summary>log π of every token of a completion, and the entropy of the distribution that it was drawn from. TRL:
/// <c>_get_per_token_logps_and_entropies</c>.</summary>
public static class TokenLogProbs
{
    private const double MostPadding = 1.15;   // a pass may be longer than its shortest row by this factor

    /// <summary>Scores completions. Rows are read in passes of similar length, padded behind, or as <see cref="PromptTrees"/> where that is cheaper; the head
    /// is
    /// computed at completions alone.</summary>
    /// <param name="model">The policy or the reference.</param>
    /// <param name="rows">At least one.</param>
    /// <param name="temperature">Divides the logits.</param>
    /// <param name="padId">Fills short rows.</param>
    /// <returns>log-probabilities and entropies in nats, both <c>[rows, tokens]</c> float32, 0 behind the end of a completion.</returns>
    public static (Tensor LogProbs, Tensor Entropies) Of(CausalModel model, IReadOnlyList<PolicyRow> rows, double temperature, int padId) =>
        Of(model, rows, temperature, padId, null);

    /// <summary>The same, with the layout fixed.</summary>
    internal static (Tensor LogProbs, Tensor Entropies) Of(CausalModel model, IReadOnlyList<PolicyRow> rows, double temperature, int padId, bool? asTrees)
    {
        using var scope = NewDisposeScope();
        var width = rows.Max(row => row.Completion.Length);
        var (logProbs, entropies) = (zeros([rows.Count * width], device: model.Device), zeros([rows.Count * width], device: model.Device));
        foreach (var kind in Enumerable.Range(0, rows.Count).Where(row => rows[row].Counts).GroupBy(row => rows[row].Learns))
        {
            var trees = asTrees ?? PromptTrees.Pay(model, [.. kind.Select(row => rows[row])]);
            foreach (var pass in trees ? [[.. kind]] : Passes(kind, rows))
            {
                var scored = Score(model, [.. pass.Select(i => rows[i])], temperature, padId, trees);
                var places = tensor([.. pass.SelectMany(i => Enumerable.Range(i * width, rows[i].Completion.Length)).Select(place => (long)place)],
                    device: model.Device);
                logProbs = logProbs.index_add(0, places, scored.LogProbs, Scalars.Keep(1));
                entropies = entropies.index_add(0, places, scored.Entropies, Scalars.Keep(1));
            }
        }
        return (logProbs.view(rows.Count, width).MoveToOuterDisposeScope(), entropies.view(rows.Count, width).MoveToOuterDisposeScope());
    }

    private static IEnumerable<int[]> Passes(IEnumerable<int> chosen, IReadOnlyList<PolicyRow> rows)
    {
        int Length(int row) => rows[row].Prompt.Ids.Length + rows[row].Completion.Length;
        var pass = new List<int>();
        foreach (var row in chosen.OrderBy(Length))
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

    private static (Tensor LogProbs, Tensor Entropies) Score(CausalModel model, PolicyRow[] rows, double temperature, int padId, bool trees)
    {
        using var gradient = rows[0].Learns ? null : no_grad();   // rows of a pass agree
        using var scope = NewDisposeScope();
        var logits = model.Logits(trees ? PromptTrees.Hidden(model, rows) : Padded(model, rows, padId)).to(float32);   // [tokens, vocabulary]
        if (temperature != 1) logits = logits / Scalars.Keep(temperature);
        var all = logits.log_softmax(-1);
        var ids = tensor([.. rows.SelectMany(row => row.Completion).Select(id => (long)id)], device: model.Device).unsqueeze(1);
        return (all.gather(1, ids).squeeze(1).MoveToOuterDisposeScope(), (-(all.exp() * all).sum(-1)).MoveToOuterDisposeScope());
    }

    /// <summary>Vectors that score each token, one row a completion. <c>[tokens, hidden]</c></summary>
    private static Tensor Padded(CausalModel model, PolicyRow[] rows, int padId)
    {
        using var scope = NewDisposeScope();
        var input = ModelInput.Pad([.. rows.Select(row => (int[])[.. row.Prompt.Ids, .. row.Completion.AsSpan(..^1)])], padId, left: false).To(model.Device);
        VisionInput?[] pictures = [.. rows.Select(row => row.Prompt.Picture)];
        input = input with { ImageGrids = [.. pictures.OfType<VisionInput>().Select(picture => picture.Grid)] };
        var hidden = model.Hidden(input, features: SharedPictures.See(model, pictures)).Hidden;                        // [rows, length, hidden]
        var length = (int)input.InputIds.shape[1];
        var before = rows.SelectMany((row, r) => Enumerable.Range(r * length + row.Prompt.Ids.Length - 1, row.Completion.Length))
            .Select(place => (long)place).ToArray();
        return hidden.flatten(0, 1).index_select(0, tensor(before, device: model.Device)).MoveToOuterDisposeScope();
    }
}
