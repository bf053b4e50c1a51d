using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Evaluation.Tuning;

/// <summary>How alike a model finds two questions, pictures included: the cosine of what it has made of each prompt at its last token, after the mean over a
/// corpus is taken off.</summary>
/// <param name="model">The model; while vectors are made it must be untouched.</param>
/// <param name="corpus">Questions whose mean is the origin, at least one.</param>
public sealed class QuestionVectors(VisionLanguageModel model, IReadOnlyList<Question> corpus)
{
    private readonly Dictionary<Question, float[]> known = [];
    private float[]? origin;

    /// <summary>The cosine, −1..1.</summary>
    public double Similarity(Question query, Question entry)
    {
        var (a, b) = (Of(query), Of(entry));
        return a.Zip(b, (x, y) => (double)x * y).Sum();
    }

    private float[] Of(Question question)
    {
        if (known.TryGetValue(question, out var found)) return found;
        origin ??= Origin();
        var vector = State(question).Zip(origin, (x, mean) => x - mean).ToArray();
        var norm = Math.Max(MathF.Sqrt(vector.Sum(x => x * x)), 1e-12f);
        return known[question] = [.. vector.Select(x => x / norm)];
    }

    private float[] Origin()
    {
        var states = corpus.Select(State).ToList();
        return [.. Enumerable.Range(0, states[0].Length).Select(i => states.Average(state => state[i]))];
    }

    private float[] State(Question question)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        return model.Model.Hidden(model.Prompts.Batch([question]).To(model.Model.Device)).Hidden[0, -1].to(float32).cpu().data<float>().ToArray();
    }
}
