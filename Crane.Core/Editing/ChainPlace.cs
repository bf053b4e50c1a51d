using Crane.Core.Model;

namespace Crane.Core.Editing;

/// <summary>The place in a model's own turn where it is about to name an entity. A reasoning model decides there, and not at the end of the prompt, where its
/// chain of thought begins
/// whatever it knows.</summary>
/// <param name="Written">The tokens that the model has written before.</param>
/// <param name="Token">The first token of the entity.</param>
public sealed record ChainPlace(int[] Written, int Token)
{
    /// <summary>The first place at which a model's greedy answer names an entity.</summary>
    /// <returns>null where it does not name it.</returns>
    public static ChainPlace? Of(VisionLanguageModel model, Question question, string entity)
    {
        var said = model.Generate([question], model.Generation with { DoSample = false })[0].Tokens.Ids;
        for (var i = 0; i < said.Length; i++)
            if (model.Tokenizer.Decode(said.AsSpan(i)).TrimStart().StartsWith(entity, StringComparison.Ordinal)) return new(said[..i], said[i]);
        return null;
    }

    /// <summary>The first token of another entity, were it named here.</summary>
    public int Instead(VisionLanguageModel model, string entity) =>
        model.Tokenizer.Decode([Token]).StartsWith(' ') ? model.Tokenizer.EncodeText(" " + entity)[0] : model.Tokenizer.EncodeText(entity)[0];
}
