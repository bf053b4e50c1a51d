namespace Crane.Core.Benchmark.Importing;

/// <summary>How a published set is read.</summary>
public sealed record ImportSettings
{
    /// <summary>The folder that the file's picture paths are relative to. No path leads out of it.</summary>
    public required string Pictures { get; init; }

    /// <summary>What becomes of a picture that is not on disk: published files name some that are not. false: an error. true: the probe is left out, or the
    /// whole record where it is the edit's own.</summary>
    public bool SkipMissingPictures { get; init; }

    /// <summary>What becomes of a record that is damaged: false: an error. true: it is left out.</summary>
    public bool SkipDamagedRecords { get; init; }

    /// <summary>Told of everything that is left out, in a line each; null: nobody is.</summary>
    public Action<string>? Skipped { get; init; }

    /// <summary>A picture of a record.</summary>
    /// <returns>null where it is missing and may be.</returns>
    /// <exception cref="InvalidDataException">The path leads out of the folder.</exception>
    /// <exception cref="FileNotFoundException">The file is missing and must not be.</exception>
    internal PictureRef? Picture(ImportRecord record, string field)
    {
        var file = Relative(record.Text(field));
        try { SafePath.Below(Pictures, file, $"{record.Where}: field '{field}'"); }
        catch (FileNotFoundException e) when (SkipMissingPictures)
        {
            Skipped?.Invoke(e.Message);
            return null;
        }
        return new(file);
    }

    /// <summary>A path as published files write it, with <c>/</c> and without <c>./</c> before it.</summary>
    internal static string Relative(string path)
    {
        var file = path.Replace('\\', '/');
        while (file.StartsWith("./", StringComparison.Ordinal)) file = file[2..];
        return file;
    }
}
