using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Editing;

/// <summary>Reads every layer as if it were the last: its residual stream goes through the final norm and the head (nostalgebraist 2020, "interpreting GPT: the
/// logit lens"). Shows from which
/// layer on an edit is there.</summary>
public static class LogitLens
{
    /// <summary>Probabilities of some tokens after every layer.</summary>
    /// <param name="model">The model, edited or not.</param>
    /// <param name="question">The prompt.</param>
    /// <param name="written">What the model has written of its turn; empty: the end of the prompt.</param>
    /// <param name="tokens">The tokens to follow.</param>
    /// <returns><c>[layers][tokens]</c>, in 0..1; the last row is what the model itself says.</returns>
    public static double[][] Of(VisionLanguageModel model, Question question, IReadOnlyList<int> written, IReadOnlyList<int> tokens)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var (prompt, picture) = model.Prompts.Encode(question);
        var input = ModelInput.Pad([[.. prompt, .. written]], model.Prompts.PadId, left: false, picture is null ? [] : [picture]).To(model.Model.Device);
        var layers = model.Model.Config.Text.NumHiddenLayers;
        var places = Enumerable.Range(0, layers).Select(layer => $"layer.{layer}").ToHashSet();
        using var recorder = new Recorder(places.Contains);
        model.Model.Hidden(input, watch: recorder.Watch);
        return [.. Enumerable.Range(0, layers).Select(layer =>
        {
            using var inner = NewDisposeScope();
            var chances = model.Model.Logits(model.Model.Decoder.Norm(recorder[$"layer.{layer}"][0, -1])).to(float32).softmax(-1).cpu().data<float>();
            return tokens.Select(token => (double)chances[token]).ToArray();
        })];
    }
}
