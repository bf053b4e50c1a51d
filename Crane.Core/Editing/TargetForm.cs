using Crane.Core.Model;

namespace Crane.Core.Editing;

/// <summary>What a method is asked to make the model write.</summary>
public enum TargetForm
{
    /// <summary>The bare answer directly after the question, as EasyEdit does.</summary>
    Answer,

    /// <summary>The gold chain and the answer in the model's own form, closed by the end of the turn:
    /// <c>&lt;think&gt;…&lt;/think&gt;&lt;answer&gt;…&lt;/answer&gt;&lt;|im_end|&gt;</c>.
    /// A control that the paper does not have: it separates what the target's form breaks from what editing weights breaks.</summary>
    Chain,
}

/// <summary>Builds and checks the tokens of targets.</summary>
public static class Targets
{
    /// <summary>The tokens that follow the prompt of an edit. Nothing of the edit's text becomes a special token.</summary>
    /// <exception cref="ArgumentException">The edit is incomplete, its target or chain contains the text of a special token, or a chain is asked for and there
    /// is none.</exception>
    public static int[] Of(VisionLanguageModel model, Edit edit, TargetForm form)
    {
        edit.Checked();
        var tokenizer = model.Tokenizer;
        int[] Text(string what, string text) =>
            tokenizer.AddedTokens.FirstOrDefault(token => text.Contains(token.Text, StringComparison.Ordinal)) is not { } found ? tokenizer.EncodeText(text)
            : throw new ArgumentException($"Edit '{edit.Id}': the {what} contains the special token '{found.Text}' as text; a target is plain words.",
                nameof(edit));
        var answer = Text("target", edit.Target);
        if (form == TargetForm.Answer) return answer;
        if (string.IsNullOrWhiteSpace(edit.Chain))
            throw new ArgumentException($"Edit '{edit.Id}' has no chain, which the target form {form} needs.", nameof(edit));
        return [.. tokenizer.Encode(model.Prompts.Form.Rest("<think>")), .. Text("chain", edit.Chain), .. tokenizer.Encode("</think><answer>"), .. answer,
            .. tokenizer.Encode("</answer><|im_end|>")];
    }
}
