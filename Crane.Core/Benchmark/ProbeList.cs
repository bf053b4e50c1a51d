namespace Crane.Core.Benchmark;

/// <summary>What a probe asks: its kind, its words for the subject, its value with and without the edits.</summary>
/// <param name="Kind">flag, landmark, place or attribute.</param>
/// <param name="X">Words for the subject, where the kind has them.</param>
/// <param name="Attribute">Which attribute, where the kind has one.</param>
/// <param name="Value">The right value with the edits in force.</param>
/// <param name="Old">The value before; null for what no edit changes, or where there was none.</param>
/// <param name="Picture">What is shown.</param>
/// <param name="Options">Values that may be offered beside the right one.</param>
internal sealed record Asking(string Kind, string X, string Attribute, string Value, string? Old, PictureRef? Picture, IReadOnlyList<string> Options)
{
    public string[] Aliases { get; init; } = [];
}

/// <summary>Collects the probes of one edit and words them.</summary>
internal sealed class ProbeList(string edit, BenchmarkPhrasings phrasings, Random random)
{
    private readonly List<Probe> probes = [];

    public Probe[] Probes => [.. probes];

    /// <summary>An open question.</summary>
    /// <returns>Its form.</returns>
    public string Open(string level, Asking ask, string[] chain, string? not = null, params string[] alsoInForce) =>
        Add(level, ask, chain, phrasings.Open(ask.Kind, ask.X, ask.Attribute, ask.Value, chain.Length == 0, not), ask.Old, ask.Aliases, alsoInForce);

    /// <summary>"Is it …?"</summary>
    public void YesNo(string level, Asking ask, string[] chain, string candidate)
    {
        var wording = phrasings.YesNo(ask.Kind, ask.X, ask.Attribute, ask.Value, candidate, chain.Length == 0);
        Add(level, ask, chain, wording, ask.Old is null ? null : ask.Old == candidate ? "yes" : "no", [], []);
    }

    /// <summary>One of four, the old value among them.</summary>
    public void Choice(string level, Asking ask, string[] chain)
    {
        string[] first = ask.Old is null ? [ask.Value] : [ask.Value, ask.Old];
        var others = ask.Options.Where(o => !first.Contains(o)).Distinct().ToArray();
        random.Shuffle(others);
        string[] options = [.. first, .. others.Take(4 - first.Length)];
        random.Shuffle(options);
        Add(level, ask, chain, phrasings.Choice(ask.Kind, ask.X, ask.Attribute, ask.Value, options, chain.Length == 0), ask.Old, ask.Aliases, []);
    }

    private string Add(string level, Asking ask, string[] chain, Wording wording, string? old, string[] aliases, string[] alsoInForce)
    {
        probes.Add(new($"{edit}/{probes.Count + 1:00}", [edit, .. alsoInForce], level, ask.Picture is null ? Modality.Textual : Modality.Visual, ask.Picture,
            wording.Text,
            chain, wording.Answer, aliases, wording.Form, old == wording.Answer ? null : old));
        return wording.Form;
    }
}
