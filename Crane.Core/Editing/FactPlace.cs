using Crane.Core.Model;
using Crane.Core.Text;

namespace Crane.Core.Editing;

/// <summary>Where in the prompt a fact is looked up. EasyEdit: fact_token.</summary>
public enum FactToken
{
    /// <summary>The last token of the subject; of a visual edit without a subject the last picture token.</summary>
    SubjectLast,

    /// <summary>The last token of the prompt.</summary>
    Last,
}

/// <summary>Finds the tokens of an edit's subject.</summary>
public static class FactPlace
{
    /// <summary>The tokens that carry the subject in the prompt of a question: its words, or all tokens of the picture, or all words of the question.</summary>
    /// <param name="model">Gives the tokenizer.</param>
    /// <param name="question">The question.</param>
    /// <param name="subject">Words of the question, or null: the picture, or where there is none the whole question.</param>
    /// <returns>The first token and the one after the last.</returns>
    /// <exception cref="ArgumentException">The subject does not occur in the question.</exception>
    public static Range Subject(VisionLanguageModel model, Question question, string? subject)
    {
        var (prompt, picture) = model.Prompts.Encode(question);
        var (start, words) = model.Prompts.Words(question, prompt);
        if (subject is null && picture is not null)
            return Array.IndexOf(prompt, model.Model.Config.ImageTokenId)..(Array.LastIndexOf(prompt, model.Model.Config.ImageTokenId) + 1);
        if (subject is null) return start..(start + words.Length);
        var text = model.Tokenizer.Decode(words);
        var at = text.LastIndexOf(Nfc.Normalize(subject), StringComparison.Ordinal);
        if (subject.Length == 0 || at < 0)
            throw new ArgumentException($"The subject '{subject}' does not occur in the question '{question.Text}'.", nameof(subject));
        var (from, to) = (Bytes(text[..at]), Bytes(text[..(at + Nfc.Normalize(subject).Length)]));
        int first = -1, read = 0;
        for (var i = 0; i < words.Length; i++)
        {
            read += model.Tokenizer.Bytes(words[i]).Length;
            if (first < 0 && read > from) first = i;
            if (read >= to) return (start + first)..(start + i + 1);
        }
        throw new ArgumentException($"The tokens of '{question.Text}' do not cover the subject '{subject}'.", nameof(subject));
    }

    /// <summary>The token at which an edit is looked up in the prompt of a question.</summary>
    public static int Of(VisionLanguageModel model, Question question, string? subject, FactToken token) =>
        token == FactToken.Last ? model.Prompts.Encode(question).Ids.Length - 1 : Subject(model, question, subject).End.Value - 1;

    private static int Bytes(string text) => System.Text.Encoding.UTF8.GetByteCount(text);
}
