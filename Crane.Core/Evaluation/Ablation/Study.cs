using Crane.Core.Evaluation.Runs;

namespace Crane.Core.Evaluation.Ablation;

/// <summary>One way to run a study.</summary>
/// <param name="Name">In tables; the first variant of a study changes nothing.</param>
/// <param name="Cases">What is asked; null: the study's cases as they are.</param>
/// <param name="Method">What stands in front of it.</param>
public sealed record StudyVariant(string Name, IReadOnlyList<EditCase>? Cases, Method Method);

/// <summary>A question about CRANE that is answered by leaving one thing out, or by making it worse.</summary>
/// <param name="Id">Names folder and lines.</param>
/// <param name="Question">What it asks.</param>
/// <param name="Variants">In the order of tables.</param>
public sealed record Study(string Id, string Question, IReadOnlyList<StudyVariant> Variants);
