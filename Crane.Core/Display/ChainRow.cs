using Crane.Core.Vision;

namespace Crane.Core.Display;

/// <summary>A question and what a model wrote about it, as a row of <see cref="Show.Chains"/>.</summary>
/// <param name="Question">The question.</param>
/// <param name="Picture">The picture it is about, or null.</param>
/// <param name="Completion">The new text alone, without the token that ends it; its form may be broken.</param>
/// <param name="Verdicts">What was judged of it, and whether it holds.</param>
public sealed record ChainRow(string Question, Picture? Picture, string Completion, IReadOnlyList<(string Name, bool Holds)> Verdicts)
{
    /// <summary>Names to colour, each with its role.</summary>
    public IReadOnlyList<(string Text, EntityRole Role)> Mentions { get; init; } = [];

    /// <summary>Sentences of the chain that reject a note, as they stand in it.</summary>
    public IReadOnlyList<string> Rejecting { get; init; } = [];

    /// <summary>Whether the model ended the completion itself; false where the limit of tokens did.</summary>
    public bool EndedByEos { get; init; } = true;
}
