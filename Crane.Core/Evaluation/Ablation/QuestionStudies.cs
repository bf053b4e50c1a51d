using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Crane.Core.Benchmark;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Vision;

namespace Crane.Core.Evaluation.Ablation;

/// <summary>Studies of what is asked: pictures and wordings made worse. The untouched model is asked the same, so neighbours are compared under the same
/// disturbance.</summary>
/// <param name="cases">The cases as they are.</param>
/// <param name="method">What stands in front of them.</param>
/// <param name="seed">Of all draws.</param>
public sealed class QuestionStudies(IReadOnlyList<EditCase> cases, Method method, int seed = 1)
{
    /// <summary>Noise on the pictures of the probes.</summary>
    public Study Noise => new("picture noise", "How much noise on the picture does an edit bear?",
        [.. ((double[])[0, 0.15, 0.3, 0.5, 0.7, 0.9]).Select(strength =>
            new StudyVariant(string.Create(CultureInfo.InvariantCulture, $"noise {strength:0.##}"), Pictured(probe =>
            strength == 0 ? probe.Question.Picture! : Augmentation.Noise(WorldPictures.Small(probe.Question.Picture!), Random(probe.Id), strength)), method))]);

    /// <summary>The question in other words, and with slips of the pen.</summary>
    public Study Wording => new("wording", "How far may the wording of the question be from what was trained?",
    [
        new("as it is", null, method), new("a word of politeness", Worded((text, _) => $"Excuse me, a question: {text}"), method),
        new("a preamble", Worded((text, _) => $"I was reading about the world yesterday and wondered about something. {text} Thank you."), method),
        new("1 letter of 30 wrong", Worded((text, random) => Slips(text, random, 30)), method),
            new("1 letter of 15 wrong", Worded((text, random) => Slips(text, random, 15)), method),
        new("without capitals and stops", Worded((text, _) => text.ToLowerInvariant().TrimEnd('?', '.')), method),
    ]);

    /// <summary>All of them.</summary>
    public IReadOnlyList<Study> All => [Noise, Wording];

    /// <summary>Two neighbouring letters of one word in so many change places; names are not spared.</summary>
    internal static string Slips(string text, Random random, int oneOf)
    {
        var letters = text.ToCharArray();
        for (var i = 0; i + 1 < letters.Length; i++)
            if (char.IsLetter(letters[i]) && char.IsLetter(letters[i + 1]) && random.Next(oneOf) == 0) (letters[i], letters[i + 1]) =
                (letters[i + 1], letters[i++]);
        return new(letters);
    }

    private IReadOnlyList<EditCase> Pictured(Func<ProbeCase, Picture> picture) =>
        [.. cases.Select(c => c with { Probes = [.. c.Probes.Where(p => p.Question.Picture is not null)
            .Select(p => p with { Question = p.Question with { Picture = picture(p) } })] }).Where(c => c.Probes.Count > 0)];

    private IReadOnlyList<EditCase> Worded(Func<string, Random, string> word) =>
        [.. cases.Select(c => c with { Probes = [.. c.Probes.Select(p =>
            p with { Question = p.Question with { Text = word(p.Question.Text, Random(p.Id)) } })] })];

    private Random Random(string probe) => Seeds.Random(seed, BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes(probe))));
}
