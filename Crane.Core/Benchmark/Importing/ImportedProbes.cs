namespace Crane.Core.Benchmark.Importing;

/// <summary>Collects the probes of an imported edit. The form of a probe names set and field that it came from.</summary>
internal sealed class ImportedProbes(string set, string edit, ImportSettings settings)
{
    private readonly List<Probe> probes = [];

    public Probe[] All => [.. probes];

    /// <summary>A probe that the edit changes.</summary>
    public void Edited(string level, string field, PictureRef? picture, string question, string answer, string? old = null, string[]? chain = null,
        string[]? aliases = null, params string[] alsoInForce) =>
        Add(level, field, picture, question, chain ?? [answer], answer, aliases ?? [], old, alsoInForce);

    /// <summary>A probe that the edit must leave alone.</summary>
    public void Locality(string level, string field, PictureRef? picture, string question, string answer) =>
        Add(level, field, picture, question, [], answer, [], null, []);

    /// <summary>The text and picture localities that EasyEdit's multimodal sets share: loc, loc_ans, m_loc, m_loc_q, m_loc_a. Either may be absent.</summary>
    public void Localities(ImportRecord record)
    {
        if (record.Has("loc")) Locality(ProbeLevels.LocalityText, "loc", null, record.Text("loc"), record.Text("loc_ans"));
        if (record.Has("m_loc") && settings.Picture(record, "m_loc") is { } picture)
            Locality(ProbeLevels.LocalityImage, "m_loc", picture, record.Text("m_loc_q"), record.Text("m_loc_a"));
    }

    /// <summary>VLKEB's portability: <c>port_new: [{"port_type": "2-hop", "Q&amp;A": {"Question", "Answer"}}]</c>.</summary>
    /// <param name="record">The record.</param>
    /// <param name="picture">What the questions are about; null for a textual edit.</param>
    /// <param name="target">The injected entity, with which the chain begins.</param>
    /// <param name="alsoInForce">Further edits that the questions need.</param>
    public void Portability(ImportRecord record, PictureRef? picture, string target, params string[] alsoInForce)
    {
        foreach (var port in record.Objects("port_new"))
        {
            var type = port.Text("port_type");
            if (type is not ['1' or '2' or '3' or '4', '-', 'h', 'o', 'p'])
                throw new InvalidDataException($"{port.Where}: field 'port_type' must be 1-hop to 4-hop, found '{type}'.");
            var asked = port.Object("Q&A");
            Edited(alsoInForce.Length > 0 ? ProbeLevels.Composition : ProbeLevels.MultiHop(type[0] - '0'), $"port_new/{type}", picture, asked.Text("Question"),
                asked.Text("Answer"), null,
                [target, asked.Text("Answer")], null, alsoInForce);
        }
    }

    private void Add(string level, string field, PictureRef? picture, string question, string[] chain, string answer, string[] aliases, string? old,
        string[] alsoInForce) => probes.Add(new(
        $"{edit}/{probes.Count + 1:00}", [edit, .. alsoInForce], level, picture is null ? Modality.Textual : Modality.Visual, picture, question, chain, answer,
        aliases, $"{set}/{field}",
        old is { Length: > 0 } && old != answer ? old : null));
}
