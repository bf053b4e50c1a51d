using System.Security.Cryptography;
using System.Text;
using Crane.Core.Model;
using Crane.Core.Model.Generation;

namespace Crane.Core.Evaluation.Runs;

/// <summary>What a model said, without the tokens.</summary>
/// <param name="Text">The completion.</param>
/// <param name="EndedByEos">Whether the model ended it itself.</param>
public sealed record Response(string Text, bool EndedByEos);

/// <summary>Asks a model in batches, through a cache where there is one. What a question gets depends on its own seed alone, not on the batch that it stands
/// in.</summary>
/// <param name="model">The model.</param>
/// <param name="config">null: the model's own settings.</param>
/// <param name="batchSize">Questions asked together.</param>
/// <param name="cache">Answers of earlier requests, or null. Only for a model whose parameters are all that its answers depend on.</param>
public sealed class Responder(VisionLanguageModel model, GenerationConfig? config = null, int batchSize = 64, ResponseCache? cache = null)
{
    private readonly GenerationConfig config = config ?? model.Generation;
    private readonly string? modelHash = cache is null ? null : WeightHash.Of(model.Model);

    /// <summary>A seed for something that is named: the same wherever it is asked.</summary>
    public static int Seed(int seed, string name) => Seeds.Mix(seed, BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes(name))));

    /// <summary>Answers, in the order of the questions. Questions of like length are asked together, so that little is padded.</summary>
    /// <param name="questions">What is asked, and the seed of its draws.</param>
    /// <param name="progress">Called after each batch with the number of answers so far, or null.</param>
    /// <param name="cancellationToken">Checked before each token.</param>
    public IReadOnlyList<Response> Ask(IReadOnlyList<(Question Question, int Seed)> questions, Action<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var keys = questions.Select(q => modelHash is null ? null : ResponseCache.Key(modelHash, q.Question, config, q.Seed)).ToArray();
        var answers = keys.Select(key => cache?.Find(key) is { } found ? new Response(found.Text, found.EndedByEos) : null).ToArray();
        var open = Enumerable.Range(0, questions.Count).Where(i => answers[i] is null).OrderBy(i => questions[i].Question.Picture is null)
            .ThenBy(i => questions[i].Question.Text.Length).ToArray();
        var done = questions.Count - open.Length;
        foreach (var batch in open.Chunk(batchSize))
        {
            var said = model.GenerateSeeded([.. batch.Select(i => questions[i].Question)], [.. batch.Select(i => questions[i].Seed)], config,
                cancellationToken: cancellationToken);
            foreach (var (i, completion) in batch.Zip(said)) answers[i] = new(completion.Text, completion.Tokens.Finish == FinishReason.Stop);
            cache?.Add(batch.Select(i => (keys[i], answers[i]!.Text, answers[i]!.EndedByEos)));
            progress?.Invoke(done += batch.Length);
        }
        return answers!;
    }
}
