using Crane.Core.Vision;

namespace Crane.Core.Memory;

/// <summary>Names what a picture shows, in the model's own words: entities such as "Japan". An empty list: nothing known.</summary>
public delegate Task<IReadOnlyList<string>> Recogniser(Picture picture, CancellationToken cancellationToken);

/// <summary>One query of one library.</summary>
/// <param name="Library">Which.</param>
/// <param name="Query">The sentence, or what stands for the picture.</param>
/// <param name="Candidates">What was found, best first.</param>
/// <param name="Decision">What the gate said.</param>
public sealed record LookUpStep(Modality Library, string Query, IReadOnlyList<Candidate> Candidates, GateDecision Decision);

/// <summary>All that was looked up for one question.</summary>
/// <param name="Question">The question.</param>
/// <param name="Recognised">What the picture was read as; empty without picture or recogniser.</param>
/// <param name="Steps">The queries in their order.</param>
/// <param name="Brought">Entries for the prompt, each once, in the order in which they were found.</param>
public sealed record LookUp(string Question, IReadOnlyList<string> Recognised, IReadOnlyList<LookUpStep> Steps, IReadOnlyList<EditEntry> Brought);
