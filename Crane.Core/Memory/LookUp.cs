using Crane.Core.Vision;

namespace Crane.Core.Memory;

/// <summary>A question that is put to the memory.</summary>
/// <param name="Text">Its words.</param>
/// <param name="Picture">Its picture, or null.</param>
public sealed record MemoryQuestion(string Text, Picture? Picture = null);

/// <summary>One query of one library.</summary>
/// <param name="Library">Which.</param>
/// <param name="Query">The sentence, or what stands for the picture.</param>
/// <param name="Candidates">What was found, best first.</param>
/// <param name="Decision">What the gate said.</param>
public sealed record LookUpStep(Modality Library, string Query, IReadOnlyList<Candidate> Candidates, GateDecision Decision);

/// <summary>All that was looked up for one question.</summary>
/// <param name="Question">The question.</param>
/// <param name="Reading">The chain that led the look-up: the model's own words, with the sentences of the entries found in the place of what they overwrite.
/// Empty
/// without a reader.</param>
/// <param name="Steps">The queries in their order.</param>
/// <param name="Brought">Entries for the prompt, each once, in the order in which they were found.</param>
public sealed record LookUp(string Question, IReadOnlyList<string> Reading, IReadOnlyList<LookUpStep> Steps, IReadOnlyList<EditEntry> Brought);
