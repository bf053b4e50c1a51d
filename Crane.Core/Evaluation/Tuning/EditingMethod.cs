using System.Security.Cryptography;
using System.Text;
using Crane.Core.Benchmark;
using Crane.Core.Editing;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Model;

namespace Crane.Core.Evaluation.Tuning;

/// <summary>A method as tables name it, with its settings for the nano model and those that were tried for it.</summary>
/// <param name="Id">ft, ft-last, …; see <see cref="Runs.SummaryLine.Method"/>.</param>
/// <param name="Settings">The settings in use: a record of the method.</param>
/// <param name="Tried">The settings among which the search chose.</param>
/// <param name="Make">Makes an editor from parts and settings.</param>
public sealed record EditingMethod(string Id, object Settings, IReadOnlyList<object> Tried, Func<MethodParts, object, IEditor> Make)
{
    /// <summary>The only edits that it can do, or null: both kinds. The vision merger never sees an edit in words.</summary>
    public Modality? Only { get; init; }

    /// <summary>The entries in front of a probe, as tables name it: gold where the edit itself always stands in the prompt.</summary>
    public string Retrieval { get; init; } = "none";

    /// <summary>An editor with the settings in use.</summary>
    public IEditor Editor(MethodParts parts) => Make(parts, Settings);

    /// <summary>The method as an evaluation takes it. Disposing its editor is the caller's.</summary>
    public Method ForRuns(MethodParts parts) => Method.Of(Id, Editor(parts), Retrieval);

    /// <summary>Names the folder of a run: a change of settings or of weights begins a new one.</summary>
    /// <param name="model">The untouched model.</param>
    /// <returns>The id and eight hexadecimal digits.</returns>
    public string RunName(VisionLanguageModel model) =>
        $"{Id}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(TuningRecord.Json(Settings).GetRawText() + WeightHash.Of(model.Model))))[..8]}";

    /// <summary>The same method learning another form of target; its id says so.</summary>
    /// <exception cref="InvalidOperationException">The method works through the prompt and has no target.</exception>
    public EditingMethod WithChain() => this with { Id = Id + "-chain", Settings = Chain(Settings), Tried = [.. Tried.Select(Chain)] };

    private static object Chain(object settings) => settings switch
    {
        FineTuningConfig c => c with { TargetForm = TargetForm.Chain },
        LoraEditingConfig c => c with { TargetForm = TargetForm.Chain },
        LocateThenEditConfig c => c with { TargetForm = TargetForm.Chain },
        MendConfig c => c with { TargetForm = TargetForm.Chain },
        GraceConfig c => c with { TargetForm = TargetForm.Chain },
        WiseConfig c => c with { TargetForm = TargetForm.Chain },
        SeracConfig c => c with { TargetForm = TargetForm.Chain },
        _ => throw new InvalidOperationException($"{settings.GetType().Name} has no target form; the method works through the prompt."),
    };
}
