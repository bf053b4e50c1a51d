using System.Text.RegularExpressions;
using Crane.Core.Model;
using Crane.Core.Model.Generation;
using Crane.Core.Text;
using static TorchSharp.torch;

namespace Crane.Core.Memory;

/// <summary>Lets a model write its own chain of thought to a question, from the start or going on from given sentences; the likeliest token each
/// time.</summary>
/// <param name="model">A model of the form <c>&lt;think&gt;…&lt;/think&gt;&lt;answer&gt;…&lt;/answer&gt;</c>; stays the caller's.</param>
/// <param name="maxNewTokens">Most tokens of a reading; a longer chain is cut.</param>
/// <param name="batchSize">Questions that are read together.</param>
public sealed partial class ChainReader(VisionLanguageModel model, int maxNewTokens = 64, int batchSize = 64)
{
    private const string Open = "<think>";
    private readonly GenerationConfig config = model.Generation with { DoSample = false, NumBeams = 1, NumReturnSequences = 1, MaxNewTokens = maxNewTokens };

    /// <summary>This reader as a <see cref="QuestionReader"/>.</summary>
    public Task<IReadOnlyList<Reading>> ReadAsync(IReadOnlyList<ReadingRequest> requests, CancellationToken cancellationToken = default) =>
        Task.FromResult(Read(requests, cancellationToken));

    /// <summary>Reads questions in batches of similar length.</summary>
    public IReadOnlyList<Reading> Read(IReadOnlyList<ReadingRequest> requests, CancellationToken cancellationToken = default)
    {
        var readings = new Reading[requests.Count];
        foreach (var batch in Enumerable.Range(0, requests.Count).OrderBy(i => requests[i].Question.Length + requests[i].Begun.Length).Chunk(batchSize))
            foreach (var (i, reading) in batch.Zip(ReadBatch([.. batch.Select(i => requests[i])], cancellationToken))) readings[i] = reading;
        return readings;
    }

    private IEnumerable<Reading> ReadBatch(IReadOnlyList<ReadingRequest> requests, CancellationToken cancellationToken)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var rows = requests.Select(r => (Prompt: model.Prompts.Encode(new(r.Question, r.Picture)), r.Begun)).ToList();
        int[][] ids = [.. rows.Select(r => (int[])[.. r.Prompt.Ids, .. r.Begun.Length == 0 ? [] : Opening(r.Begun)])];
        var input = ModelInput.Pad(ids, model.Prompts.PadId, left: true, [.. rows.Select(r => r.Prompt.Picture).OfType<Vision.VisionInput>()]);
        var written = TokenGenerator.Generate(model.Model, input.To(model.Model.Device), config, cancellationToken: cancellationToken);
        return [.. requests.Zip(written, (request, tokens) => Of(request.Begun, tokens))];
    }

    /// <summary>The model opens its chain; what follows is ordinary text, whatever it looks like.</summary>
    private int[] Opening(string begun) => [.. model.Tokenizer.Encode(model.Prompts.Form.Rest(Open)), .. model.Tokenizer.EncodeText(begun)];

    private Reading Of(string begun, GeneratedTokens tokens)
    {
        var text = model.Tokenizer.Decode(tokens.Ids, skipSpecialTokens: true);
        var reasoning = ReasoningParser.Parse(begun.Length == 0 ? model.Prompts.Form.Opened + text : Open + begun + text, tokens.Finish is FinishReason.Stop);
        return new(Sentences(reasoning.Think ?? ""), reasoning.Answer ?? "", Math.Exp(tokens.LogProbs.DefaultIfEmpty(0).Average()));
    }

    /// <summary>Cuts a text where a full stop, question or exclamation mark is followed by a capital letter; "St." ends no sentence.</summary>
    public static IReadOnlyList<string> Sentences(string text) => [.. SentenceEnd().Split(text.Trim()).Where(sentence => sentence.Length > 0)];

    [GeneratedRegex(@"(?<=[.!?])(?<!\bSt\.)\s+(?=\p{Lu})")]
    private static partial Regex SentenceEnd();
}
