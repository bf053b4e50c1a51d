namespace Crane.Core.Benchmark;

/// <summary>A question that shows what an edit did.</summary>
/// <param name="Id">Unique in its file.</param>
/// <param name="EditIds">The edits that have to be in force; the edit that holds the probe comes first, then those of a composition or of a longer
/// chain.</param>
/// <param name="Level">One of <see cref="ProbeLevels"/>.</param>
/// <param name="Modality">Visual where a picture is shown.</param>
/// <param name="Picture">What is shown, or null.</param>
/// <param name="Question">What is asked, with no edit in front of it.</param>
/// <param name="Chain">Entities of the gold chain in order, the answer's value last (for yes or no: the entity that decides). A visual edit's injected entity
/// comes first; a textual edit's comes where the
/// chain reaches it. Empty for locality probes.</param>
/// <param name="Answer">The answer with the edits in force; for locality the true one.</param>
/// <param name="Aliases">Other accepted forms of the answer.</param>
/// <param name="Form">Which phrasing: what is asked, how it is answered, and the number of the form, for example <c>attribute/open/3</c>.</param>
/// <param name="OldAnswer">What a model that keeps its old belief says; null where the edits change nothing or nothing was known.</param>
public sealed record Probe(string Id, string[] EditIds, string Level, Modality Modality, PictureRef? Picture, string Question, string[] Chain, string Answer,
    string[] Aliases, string Form, string? OldAnswer);
