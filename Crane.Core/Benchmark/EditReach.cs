using System.Text.RegularExpressions;

namespace Crane.Core.Benchmark;

/// <summary>Which probes an edit can reach: whose right answer might change if it were in force beside the edits that the probe needs.</summary>
/// <param name="all">All edits of the file: they tell what a picture shows.</param>
/// <remarks>On the safe side: a name that only occurs as an option of a choice counts. Of an imported set, whose questions have no form, every textual edit
/// reaches
/// the probes that name its subject.</remarks>
public sealed class EditReach(IEnumerable<BenchmarkEdit> all)
{
    private readonly Dictionary<string, string> subjectOf = all.Where(edit => edit.Picture is not null).GroupBy(edit => Thing(edit.Picture!))
        .ToDictionary(same => same.Key, same => same.First().Subject);

    /// <summary>Whether an edit reaches a probe; edits that the probe itself names do not count.</summary>
    public bool Reaches(BenchmarkEdit edit, Probe probe)
    {
        if (probe.EditIds.Contains(edit.Id) && !ProbeLevels.IsLocality(probe.Level)) return false;
        if (edit.Picture is { } changed) return probe.Picture is { } shown && Thing(shown) == Thing(changed);
        return Asks(probe, edit) && Involves(probe, edit.Subject);
    }

    /// <summary>The probe's question needs a fact of the edit's kind: the attribute itself, or the country of a landmark on the way to one.</summary>
    private static bool Asks(Probe probe, BenchmarkEdit edit) => (edit.Kind, probe.Form.Split('/')[0]) switch
    {
        ("attribute", "attribute") => Names(probe.Question, edit.Attribute!),
        ("attribute", "flag" or "landmark" or "place") or ("place", "flag" or "landmark") => false,
        _ => true,
    };

    private bool Involves(Probe probe, string subject) =>
        Names(probe.Question, subject) || probe.Chain.Contains(subject) || probe.Chain.Length == 0 && probe.Picture is { } shown
            && subjectOf.GetValueOrDefault(Thing(shown)) == subject;

    /// <summary>Whether a text has a name as whole words; "Guinea" is not in "Guinea-Bissau".</summary>
    private static bool Names(string text, string name)
    {
        bool Inside(int at) => at >= 0 && at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] == '-');
        for (var at = text.IndexOf(name, StringComparison.Ordinal); at >= 0; at = text.IndexOf(name, at + 1, StringComparison.Ordinal))
            if (!Inside(at - 1) && !Inside(at + name.Length)) return true;
        return false;
    }

    /// <summary>What a picture of the world is of: the same for all drawings of a flag and all photographs of a landmark. Another set's picture is
    /// itself.</summary>
    private static string Thing(PictureRef picture) => picture.File.Split('/') switch
    {
        ["flags", _, var flag] => "flag " + Path.GetFileNameWithoutExtension(flag),
        ["landmarks", var photograph] => "landmark " + Regex.Replace(Path.GetFileNameWithoutExtension(photograph), @"-\d+$", ""),
        _ => picture.File,
    };
}
