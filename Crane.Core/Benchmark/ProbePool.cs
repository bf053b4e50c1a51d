namespace Crane.Core.Benchmark;

/// <summary>What locality probes and wrong options are drawn from: nothing that a later split edits.</summary>
internal sealed record ProbePool(Country[] Countries, Landmark[] Landmarks, Nearness Nearness)
{
    /// <summary>The flags most alike.</summary>
    public Country[] Near(Country country, int count, params Country[] without) =>
        Nearness.Nearest(country, c => "flag/" + c.Id, Countries.Except(without), count);

    /// <summary>The landmarks most alike.</summary>
    public Landmark[] Near(Landmark landmark, int count, params Landmark[] without) =>
        Nearness.Nearest(landmark, l => "landmark/" + l.Id, Landmarks.Except(without), count);
}
