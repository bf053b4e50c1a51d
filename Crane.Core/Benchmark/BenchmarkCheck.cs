namespace Crane.Core.Benchmark;

/// <summary>What must hold of an edit that was read from a file.</summary>
public static class BenchmarkCheck
{
    /// <summary>Checks an edit and its probes.</summary>
    /// <param name="edit">The edit.</param>
    /// <param name="where">File and line or record, named in errors.</param>
    /// <exception cref="InvalidDataException">Something is empty, unknown or does not fit together; the message names the field.</exception>
    public static void Edit(BenchmarkEdit edit, string where)
    {
        if (edit.Version != BenchmarkFile.Version) throw new InvalidDataException($"{where}: field 'version' is {edit.Version}; this kit reads version {BenchmarkFile.Version}. Generate or import the file again.");
        NotEmpty(where, "id", edit.Id);
        where = $"{where}: edit '{edit.Id}'";
        NotEmpty(where, "question", edit.Question);
        NotEmpty(where, "target", edit.Target);
        NotEmpty(where, "injected", edit.Injected);
        NotEmpty(where, "statement", edit.Statement);
        if ((edit.Picture is not null) != (edit.Modality == Modality.Visual))
            throw new InvalidDataException($"{where}: field 'picture' must {(edit.Modality == Modality.Visual ? "be there, since the edit is visual" : "be absent, since the edit is textual")}.");
        if (edit.Expected is not (null or Strata.None or Strata.Weak))
            throw new InvalidDataException($"{where}: field 'expected' must be 'none', 'weak' or absent, found '{edit.Expected}'.");
        if (edit.Picture is not null) Picture(edit.Picture, where);
        foreach (var probe in edit.Probes) Probe(probe ?? throw new InvalidDataException($"{where}: field 'probes' holds null."), edit.Id, where);
    }

    private static void Probe(Probe probe, string edit, string where)
    {
        NotEmpty(where, "probes.id", probe.Id);
        where = $"{where}: probe '{probe.Id}'";
        NotEmpty(where, "question", probe.Question);
        NotEmpty(where, "answer", probe.Answer);
        if (!ProbeLevels.All.Contains(probe.Level))
            throw new InvalidDataException($"{where}: field 'level' must be one of {string.Join(", ", ProbeLevels.All)}, found '{probe.Level}'.");
        if (probe.EditIds.Length == 0 || probe.EditIds[0] != edit)
            throw new InvalidDataException($"{where}: field 'edit_ids' must begin with '{edit}', found [{string.Join(", ", probe.EditIds)}].");
        if ((probe.Picture is not null) != (probe.Modality == Modality.Visual))
            throw new InvalidDataException($"{where}: field 'picture' must {(probe.Modality == Modality.Visual ? "be there, since the probe is visual" : "be absent, since the probe is textual")}.");
        if (ProbeLevels.IsLocality(probe.Level) != (probe.Chain.Length == 0)) throw new InvalidDataException($"{where}: field 'chain' must be {(probe.Chain.Length == 0 ? "filled, except for locality probes" : "empty for a locality probe")}.");
        if (probe.Picture is not null) Picture(probe.Picture, where);
    }

    private static void Picture(PictureRef picture, string where)
    {
        NotEmpty(where, "picture.file", picture.File);
        SafePath.Check(picture.File, where);
        var fits = picture.Degradation switch
        {
            null => picture is { Strength: 0, Seed: 0 },
            PictureRef.Noise or PictureRef.Occlude => picture.Strength is > 0 and <= 1,
            PictureRef.Blur => picture.Strength is >= 1 and <= 1000,
            _ => throw new InvalidDataException($"{where}: field 'picture.degradation' must be one of {string.Join(", ", PictureRef.Degradations)}, found '{picture.Degradation}'."),
        };
        if (!fits) throw new InvalidDataException($"{where}: field 'picture.strength' {picture.Strength} does not fit the degradation '{picture.Degradation ?? "absent"}': noise and occlude have 0..1, blur at least 1.");
    }

    private static void NotEmpty(string where, string field, string value)
    {
        if (string.IsNullOrWhiteSpace(value)) throw new InvalidDataException($"{where}: field '{field}' is empty.");
    }
}
