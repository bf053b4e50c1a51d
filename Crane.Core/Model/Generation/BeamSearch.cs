using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Model.Generation;

/// <summary>A sequence that beam search found.</summary>
/// <param name="Tokens">Its tokens.</param>
/// <param name="Score">Sum of the processed log-probabilities / length^length_penalty. Hugging Face: sequences_scores.</param>
public sealed record BeamSequence(GeneratedTokens Tokens, float Score);

/// <summary>Keeps the likeliest open sequences of every row and returns the best that ended (Hugging Face <c>GenerationMixin._beam_search</c>).</summary>
public static class BeamSearch
{
    private const float Never = -1e9f;   // Hugging Face's stand-in for −∞: scores of what does not count

    /// <summary>Continues every row of a batch.</summary>
    /// <param name="model">The model; runs without gradients.</param>
    /// <param name="input">Prompts, padded on the left.</param>
    /// <param name="config">Gives beams, length penalty, limits and processors.</param>
    /// <param name="cancellationToken">Checked before each token.</param>
    /// <returns>For each row <see cref="GenerationConfig.NumReturnSequences"/> sequences, the best first.</returns>
    /// <exception cref="ArgumentException">The prompts do not fit the model, or prompt and answer together exceed its context.</exception>
    public static IReadOnlyList<IReadOnlyList<BeamSequence>> Generate(QwenVl model, ModelInput input, GenerationConfig config,
        CancellationToken cancellationToken = default)
    {
        config.Checked();
        using var none = no_grad();
        using var scope = NewDisposeScope();
        using var decoding = new Decoding(model, input, config);
        Row[] rows = [.. Enumerable.Range(0, (int)input.InputIds.shape[0]).Select(_ => new Row(config))];
        decoding.Select(tensor([.. rows.SelectMany((_, row) => Enumerable.Repeat((long)row, config.NumBeams))], device: model.Device));
        for (var written = 0; ; written++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            Advance(rows, decoding, config, written);
            if (written + 1 == config.MaxNewTokens || rows.All(row => row.Done)) return [.. rows.Select(row => row.Best())];
            decoding.Select(tensor([.. rows.SelectMany((row, at) => row.Open.Select(beam => (long)(at * config.NumBeams + beam.Parent)))],
                device: model.Device));
            decoding.Step(tensor([.. rows.SelectMany(row => row.Open.Select(beam => (long)beam.Ids[^1]))], [rows.Length * config.NumBeams, 1],
                device: model.Device));
        }
    }

    private static void Advance(Row[] rows, Decoding decoding, GenerationConfig config, int written)
    {
        var raw = decoding.Logits.to(float32).log_softmax(-1);                                                     // [rows × beams, vocabulary]
        var vocabulary = raw.shape[1];
        var running = tensor([.. rows.SelectMany(row => row.Open.Select(beam => beam.Sum))], [raw.shape[0], 1], device: raw.device);
        var sums = LogitProcessors.Apply(raw, decoding.Seen, config, written).Plus(running).view(rows.Length, -1);   // [rows, beams × vocabulary]
        var keep = (int)Math.Min(Math.Max(2, 1 + config.EosTokenIds.Length) * config.NumBeams, sums.shape[1]);
        var (values, places) = sums.topk(keep, dim: 1);                                                            // [rows, keep], the best first
        var chances = raw.view(rows.Length, -1).gather(1, places).cpu().contiguous().data<float>().ToArray();
        var (value, place) = (values.cpu().contiguous().data<float>().ToArray(), places.cpu().contiguous().data<long>().ToArray());
        for (var row = 0; row < rows.Length; row++)
            rows[row].Extend([.. Enumerable.Range(row * keep, keep)
                .Select(i => rows[row].Child((int)(place[i] / vocabulary), (int)(place[i] % vocabulary), value[i], chances[i]))]);
    }

    /// <summary>A sequence: its tokens, their raw log-probabilities, the sum that ranks it, and which beam of the step before it continues.</summary>
    private sealed record Beam(int[] Ids, float[] LogProbs, float Sum, int Parent);

    /// <summary>The open and the ended sequences of one row.</summary>
    private sealed class Row(GenerationConfig config)
    {
        private List<(Beam Beam, float Score)> ended = [];
        private bool canImprove = true;

        public Beam[] Open { get; private set; } = [.. Enumerable.Range(0, config.NumBeams).Select(i => new Beam([], [], i == 0 ? 0 : Never, i))];

        public bool Done => !canImprove || config.EarlyStopping && Full;

        private bool Full => ended.Count == config.NumBeams;

        public Beam Child(int parent, int token, float sum, float logProb) =>
            new([.. Open[parent].Ids, token], [.. Open[parent].LogProbs, logProb], sum, parent);

        public void Extend(Beam[] candidates)
        {
            var length = candidates[0].Ids.Length;
            bool Ends(Beam beam) => length == config.MaxNewTokens || config.EosTokenIds.Contains(beam.Ids[^1]);
            if (!Done) Collect([.. candidates.Take(config.NumBeams).Where(Ends)], length);
            Open = [.. candidates.Select(beam => Ends(beam) ? beam with { Sum = beam.Sum + Never } : beam).OrderByDescending(beam => beam.Sum)
                .Take(config.NumBeams)];
            canImprove &= CanImprove(length);
        }

        /// <summary>The best that ended; ties keep the earlier one.</summary>
        private void Collect(Beam[] fresh, int length)
        {
            var divisor = (float)Math.Pow(length, config.LengthPenalty);
            ended = [.. ended.Concat(fresh.Select(beam => (Beam: beam, Score: beam.Sum / divisor))).OrderByDescending(sequence => sequence.Score)
                .Take(config.NumBeams)];
        }

        /// <summary>Whether the best open sequence, were it to end now, would beat the worst that ended (Hugging Face's heuristic, which looks no further
        /// ahead).</summary>
        private bool CanImprove(int length) => !Full || Open[0].Sum / (float)Math.Pow(length, config.LengthPenalty) > ended.Min(sequence => sequence.Score);

        public IReadOnlyList<BeamSequence> Best() =>
            [.. ended.Take(config.NumReturnSequences).Select(sequence => new BeamSequence(
                new(sequence.Beam.Ids, sequence.Beam.LogProbs, config.EosTokenIds.Contains(sequence.Beam.Ids[^1]) ? FinishReason.Stop : FinishReason.Length),
                    sequence.Score))];
    }
}
