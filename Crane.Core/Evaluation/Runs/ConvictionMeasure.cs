using Crane.Core.Benchmark;
using Crane.Core.Editing;
using Crane.Core.Model;
using Crane.Core.Model.Generation;
using Crane.Core.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Evaluation.Runs;

/// <summary>Measures how firmly a model holds the old belief of edits: it is asked the edit's question several times, drawing answers, and once
/// greedily.</summary>
/// <param name="model">The untouched model.</param>
/// <param name="pictures">Loads the edits' pictures.</param>
/// <param name="samples">Answers drawn for each edit, at temperature 1 over the whole vocabulary; at least 1.</param>
/// <param name="seed">Of the draws.</param>
/// <param name="batchSize">Questions asked together.</param>
public sealed class ConvictionMeasure(VisionLanguageModel model, BenchmarkPictures pictures, int samples = 8, int seed = 1, int batchSize = 64)
{
    /// <summary>How it measures, with thresholds.</summary>
    public StrataOrigin Origin(Strata thresholds) => new(WeightHash.Of(model.Model), seed, samples, 1, thresholds);

    /// <summary>Measures edits.</summary>
    /// <param name="edits">The edits; what each gets does not depend on the others.</param>
    /// <param name="cancellationToken">Checked before each token.</param>
    public IReadOnlyList<MeasuredConviction> Of(IReadOnlyList<BenchmarkEdit> edits, CancellationToken cancellationToken = default)
    {
        Question[] questions = [.. edits.Select(edit => new Question(edit.Question, edit.Picture is null ? null : pictures.Load(edit.Picture)))];
        var greedy = new Responder(model, batchSize: batchSize).Ask([.. questions.Select(question => (question, 0))], null, cancellationToken)
            .Select(said => ReasoningParser.Parse(said.Text, said.EndedByEos)).ToList();
        var drawing = new Responder(model, model.Generation with { DoSample = true, Temperature = 1, TopK = 0, TopP = 1, MinP = 0 }, batchSize);
        var drawn = drawing.Ask([.. edits.SelectMany((edit, i) =>
            Enumerable.Range(0, samples).Select(n => (questions[i], Responder.Seed(seed, $"{edit.Id}#{n}"))))], null, cancellationToken)
            .Select(said => ReasoningParser.Parse(said.Text, said.EndedByEos)).Chunk(samples).ToList();
        var chances = Probabilities(edits, questions, greedy, cancellationToken);
        return [.. edits.Select((edit, i) =>
            new MeasuredConviction(edit.Id, drawn[i].Count(said => IsOld(said, edit)) / (double)samples, Math.Round(chances[i], 4), greedy[i].Answer ?? ""))];
    }

    private static bool IsOld(Reasoning said, BenchmarkEdit edit) => said.IsValid
        && GroundedSuccess.Normalise(said.Answer!) == GroundedSuccess.Normalise(edit.OldAnswer);

    /// <summary>Mean probability of the old answer's tokens after the model's own chain; 0 where it wrote none.</summary>
    private double[] Probabilities(IReadOnlyList<BenchmarkEdit> edits, Question[] questions, List<Reasoning> greedy, CancellationToken cancellationToken)
    {
        var chances = new double[edits.Count];
        foreach (var chunk in Enumerable.Range(0, edits.Count).Where(i => greedy[i].IsValid).Chunk(batchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var none = no_grad();
            using var scope = NewDisposeScope();
            int[][] old = [.. chunk.Select(i => model.Tokenizer.EncodeText(edits[i].OldAnswer))];
            int[][] chains = [.. chunk.Select(i =>
                (int[])[.. model.Tokenizer.Encode("<think>"), .. model.Tokenizer.EncodeText(greedy[i].Think!), .. model.Tokenizer.Encode("</think><answer>")])];
            var (input, labels) = TargetBatch.Of(model, [.. chunk.Select((i, row) => (questions[i], (int[])[.. chains[row], .. old[row]]))]);
            var asked = labels[.., 1..].flatten().ne(Scalars.Keep(Training.CausalLoss.Ignore)).nonzero().squeeze(1);
            var hidden = model.Model.Hidden(input).Hidden[.., ..^1].flatten(0, 1).index_select(0, asked);                       // [places, hidden]
            var targets = labels[.., 1..].flatten().index_select(0, asked).unsqueeze(1);
            var probabilities = model.Model.Logits(hidden).to(float32).softmax(-1).gather(1, targets).flatten().cpu().data<float>().ToArray();   // [places]
            var at = 0;
            for (var row = 0; row < chunk.Length; row++)
            {
                var end = at + chains[row].Length + old[row].Length;
                chances[chunk[row]] = probabilities[(end - old[row].Length)..end].Average(p => (double)p);
                at = end;
            }
        }
        return chances;
    }
}
