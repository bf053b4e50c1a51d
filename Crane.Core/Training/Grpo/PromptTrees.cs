using Crane.Core.Model;
using Crane.Core.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Training.Grpo;

/// <summary>Reads a prompt once for all its completions: they lie behind it in one row, and each sees the prompt and itself. Long prompts with many short
/// completions cost a fraction of a row a completion; the numbers are the same.</summary>
internal static class PromptTrees
{
    private const double AttentionWeight = 1.2;   // what a multiplication of masked attention costs, beside one of a dense map: 0.9 to 1.4 at nano size on CPU
    private const int FewTokens = 1024;           // below this nothing is worth a second layout

    private sealed record Tree(EncodedPrompt Prompt, int[] Rows);

    /// <summary>Whether trees are cheaper than one row a completion.</summary>
    public static bool Pay(CausalModel model, IReadOnlyList<PolicyRow> rows)
    {
        var config = model.TextConfig;
        double Cost(IEnumerable<double> lengths) =>
            lengths.Sum(length => length * (2.0 * config.HiddenSize * config.HiddenSize + 2.0 * config.HiddenSize * config.NumKeyValueHeads * config.HeadDim
            + 3.0 * config.HiddenSize * config.IntermediateSize) + length * length * 2 * config.NumAttentionHeads * config.HeadDim * AttentionWeight);
        return rows.Sum(row => row.Prompt.Ids.Length + row.Completion.Length) >= FewTokens
            && Cost(Trees(rows).Select(tree => (double)Length(tree, rows))) < Cost(rows.Select(row =>
            (double)row.Prompt.Ids.Length + row.Completion.Length - 1));
    }

    /// <summary>Vectors after the final norm that score each token of the completions.</summary>
    /// <param name="model">The model.</param>
    /// <param name="rows">Completions; those of one prompt hold the same object.</param>
    /// <returns><c>[tokens, hidden]</c>, in the order of rows and tokens.</returns>
    public static Tensor Hidden(CausalModel model, IReadOnlyList<PolicyRow> rows)
    {
        using var scope = NewDisposeScope();
        Tree[] trees = [.. Trees(rows)];
        var length = trees.Max(tree => Length(tree, rows));
        var (ids, branch, starts) = (new long[trees.Length * length], Filled(trees.Length * length, -1), new int[rows.Count]);
        foreach (var (t, tree) in trees.Index())
        {
            var at = t * length;
            foreach (var id in tree.Prompt.Ids) (ids[at], branch[at++]) = (id, 0);
            foreach (var (b, row) in tree.Rows.Index())
            {
                starts[row] = at;
                foreach (var id in rows[row].Completion.AsSpan(..^1)) (ids[at], branch[at++]) = (id, b + 1);
            }
        }
        Tensor Place(long[] values) => tensor(values, [trees.Length, length], device: model.Device);
        // queries [trees, length, 1], keys [trees, 1, length]
        var (of, from) = (Place(branch).unsqueeze(2), Place(branch).unsqueeze(1));
        var mask = from.eq(Scalars.Keep(0)).logical_or(from.eq(of)).logical_and(ones(length, length, dtype: ScalarType.Bool,
            device: model.Device).tril()).unsqueeze(1);
        var rotary = Rotary.Multimodal(Positions(model, trees, rows, length, starts), model.TextConfig).To(model.Type);
        var x = model.Decoder.Embed(Place(ids));
        DeepStack? deepStack = null;
        if (SharedPictures.See(model, [.. trees.Select(tree => tree.Prompt.Picture)]) is { } features)
        {
            var image = ((QwenVl)model).Config.ImageTokenId;
            var places = tensor([.. trees.SelectMany((tree, t) => tree.Prompt.Ids.Index().Where(token => token.Item == image)
                .Select(token => (long)(t * length + token.Index)))], device: model.Device);
            x = x.flatten(0, 1).index_copy(0, places, features.Merged.to(x.dtype)).view(x.shape);
            deepStack = new(places, features.DeepStack);
        }
        var hidden = model.Decoder.Forward(x, new(rotary, mask, null, null), deepStack).flatten(0, 1);
        var stems = new int[rows.Count];
        foreach (var (t, tree) in trees.Index())
            foreach (var row in tree.Rows) stems[row] = t * length + tree.Prompt.Ids.Length - 1;
        var before = rows.SelectMany((row, r) => Enumerable.Range(starts[r], row.Completion.Length - 1).Prepend(stems[r]))
            .Select(place => (long)place).ToArray();
        return hidden.index_select(0, tensor(before, device: model.Device)).MoveToOuterDisposeScope();
    }

    /// <summary>A completion goes on where its prompt ends. <c>[3, trees, length]</c></summary>
    private static Tensor Positions(CausalModel model, Tree[] trees, IReadOnlyList<PolicyRow> rows, int length, int[] starts)
    {
        var axes = new long[3 * trees.Length * length];
        var prompts = ModelInput.Pad([.. trees.Select(tree => tree.Prompt.Ids)], 0, left: false)
            with { ImageGrids = [.. trees.Select(tree => tree.Prompt.Picture).OfType<VisionInput>().Select(picture => picture.Grid)] };
        var (known, next) = model is QwenVl seeing ? seeing.Positions(prompts) : (null, [.. trees.Select(tree => (long)tree.Prompt.Ids.Length)]);
        var (stems, width) = (known?.cpu().contiguous().data<long>().ToArray(), (int)prompts.InputIds.shape[1]);
        for (var axis = 0; axis < 3; axis++)
            foreach (var (t, tree) in trees.Index())
            {
                var row0 = axis * trees.Length * length;
                for (var i = 0; i < tree.Prompt.Ids.Length; i++) axes[row0 + t * length + i] = stems is null ? i : stems[(axis * trees.Length + t) * width + i];
                foreach (var row in tree.Rows)
                    for (var i = 0; i < rows[row].Completion.Length - 1; i++) axes[row0 + starts[row] + i] = next[t] + i;
            }
        return tensor(axes, [3, trees.Length, length], device: model.Device);
    }

    private static IEnumerable<Tree> Trees(IReadOnlyList<PolicyRow> rows) =>
        Enumerable.Range(0, rows.Count).GroupBy(row => rows[row].Prompt, ReferenceEqualityComparer.Instance)
            .Select(group => new Tree((EncodedPrompt)group.Key!, [.. group]));

    private static int Length(Tree tree, IReadOnlyList<PolicyRow> rows) => tree.Prompt.Ids.Length + tree.Rows.Sum(row => rows[row].Completion.Length - 1);

    private static long[] Filled(int count, long value)
    {
        var values = new long[count];
        Array.Fill(values, value);
        return values;
    }
}
