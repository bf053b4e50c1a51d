using Crane.Core.Model;
using Crane.Core.Model.Generation;

namespace Crane.Core.Editing;

/// <summary>The price of one edit.</summary>
/// <param name="Method">Name of the method.</param>
/// <param name="Seconds">Time of applying it by the processor's clock, all threads together; what is paid once before the first edit is not in it.</param>
/// <param name="ParametersTouched">See <see cref="EditReport.ParametersTouched"/>.</param>
/// <param name="BytesPerEdit">See <see cref="EditReport.BytesPerEdit"/>.</param>
/// <param name="AddedLatencySeconds">Median time, by the same clock, of a completion of the edit's question with the edit in force, less that without it;
/// negative where completions become shorter.</param>
public sealed record EditCost(string Method, double Seconds, long ParametersTouched, double BytesPerEdit, double AddedLatencySeconds)
{
    /// <summary>Applies an edit twice, the first time to warm up, times answers with and without it, and takes it back.</summary>
    /// <param name="editor">Without edits in force.</param>
    /// <param name="model">The model that it edits.</param>
    /// <param name="edit">The edit.</param>
    /// <param name="config">Limits of the answers; null: the model's.</param>
    /// <param name="repeats">Answers timed each way; the first of each warms up and does not count.</param>
    /// <param name="cancellationToken">Checked before each answer and by the method.</param>
    public static EditCost Measure(IEditor editor, VisionLanguageModel model, Edit edit, GenerationConfig? config = null, int repeats = 5,
        CancellationToken cancellationToken = default)
    {
        var before = Median(() => model.Generate([edit.Question], config, cancellationToken: cancellationToken), repeats);
        editor.Apply(edit, cancellationToken);
        editor.Revoke(edit.Id);
        var report = editor.Apply(edit, cancellationToken);
        try
        {
            var after = Median(() => editor.Route(model, edit.Question).Generate([editor.Prompt(edit.Question)], config, cancellationToken: cancellationToken),
                repeats);
            return new(editor.Name, report.ProcessorSeconds, report.ParametersTouched, report.BytesPerEdit, after - before);
        }
        finally { editor.Revoke(edit.Id); }
    }

    private static double Median(Action call, int repeats)
    {
        call();
        return Enumerable.Range(0, repeats).Select(_ => ProcessorClock.Of(call)).Order().ElementAt(repeats / 2);
    }
}
