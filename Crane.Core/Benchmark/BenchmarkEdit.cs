namespace Crane.Core.Benchmark;

/// <summary>A piece of knowledge to be changed, and the probes that show what came of it. One line of a benchmark file.</summary>
public sealed record BenchmarkEdit
{
    /// <summary>Version of the form of the file.</summary>
    public int Version { get; init; } = BenchmarkFile.Version;

    /// <summary>Unique in its file.</summary>
    public required string Id { get; init; }

    /// <summary>Visual: what a picture shows. Textual: a fact in words.</summary>
    public required Modality Modality { get; init; }

    /// <summary>flag, landmark, attribute or place; an imported set has kinds of its own.</summary>
    public required string Kind { get; init; }

    /// <summary>The entity whose picture or fact changes.</summary>
    public required string Subject { get; init; }

    /// <summary>What changes of the subject (capital, …, country for a place); null for a visual edit.</summary>
    public string? Attribute { get; init; }

    /// <summary>The picture of a visual edit.</summary>
    public PictureRef? Picture { get; init; }

    /// <summary>The question whose answer changes.</summary>
    public required string Question { get; init; }

    /// <summary>Its answer before the edit.</summary>
    public required string OldAnswer { get; init; }

    /// <summary>Its answer after the edit.</summary>
    public required string Target { get; init; }

    /// <summary>Other accepted forms of the target.</summary>
    public string[] Aliases { get; init; } = [];

    /// <summary>The entity that enters: where the picture now leads, or the new value.</summary>
    public required string Injected { get; init; }

    /// <summary>The edit as a clause, for methods that work through the prompt: "the flag of Japan now shows the flag of Brazil".</summary>
    public required string Statement { get; init; }

    /// <summary>For a visual edit: id of the textual edit about its injected entity, with which it is composed; null where there is none.</summary>
    public string? PartnerOf { get; init; }

    /// <summary>Edits of one series have different subjects or attributes, so all of them can be in force together.</summary>
    public int Series { get; init; }

    /// <summary>Whether it belongs to the quick subset.</summary>
    public bool Quick { get; init; }

    /// <summary>"none" or "weak" where the base cannot hold the old belief firmly by construction: it never met the subject, or the picture is degraded. What
    /// it
    /// does hold is measured, see <see cref="Strata"/>. null: nothing is known before measuring.</summary>
    public string? Expected { get; init; }

    /// <summary>Entities of the same kind that look most alike, the nearest first.</summary>
    public string[] Neighbours { get; init; } = [];

    /// <summary>In the order in which they are asked.</summary>
    public required Probe[] Probes { get; init; }
}
