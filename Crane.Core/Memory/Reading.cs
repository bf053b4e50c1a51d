using Crane.Core.Vision;

namespace Crane.Core.Memory;

/// <summary>A question to be read by the model alone, with no edit in front of it.</summary>
/// <param name="Question">The question.</param>
/// <param name="Picture">Its picture, or null.</param>
/// <param name="Begun">The sentences that the chain shall begin with; empty: the model begins itself.</param>
public sealed record ReadingRequest(string Question, Picture? Picture = null, string Begun = "");

/// <summary>What the model says to a question before any edit: the memory's queries are made of it.</summary>
/// <param name="Sentences">Of the chain of thought, in order, those of <see cref="ReadingRequest.Begun"/> included.</param>
/// <param name="Answer">The answer; empty where there was none.</param>
/// <param name="Confidence">Geometric mean of the probabilities of the tokens that it wrote, 0..1.</param>
public sealed record Reading(IReadOnlyList<string> Sentences, string Answer, double Confidence);

/// <summary>Reads questions, one reading a request in the same order.</summary>
public delegate Task<IReadOnlyList<Reading>> QuestionReader(IReadOnlyList<ReadingRequest> requests, CancellationToken cancellationToken);
