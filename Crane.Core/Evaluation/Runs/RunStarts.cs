namespace Crane.Core.Evaluation.Runs;

/// <summary>With what a run was begun, or gone on with.</summary>
/// <param name="Commit">Of the code.</param>
/// <param name="Machine">Processor and threads.</param>
/// <param name="Seed">Of the run.</param>
public sealed record RunStart(string Commit, string Machine, int Seed);

/// <summary>The origin of a run, written into its folder before the first answer: scoring a finished run with later code does not change where its answers come
/// from.</summary>
public static class RunStarts
{
    /// <summary>The log in the folder of a run.</summary>
    public const string File = "starts.jsonl";

    /// <summary>Notes a start. A run that is complete gets no further one, nor one that goes on with the same code.</summary>
    /// <param name="folder">Of the run.</param>
    /// <param name="start">The present code.</param>
    /// <param name="probes">How many answers the run has when it is complete.</param>
    /// <exception cref="InvalidDataException">The folder holds a run of another seed.</exception>
    public static void Note(string folder, RunStart start, int probes)
    {
        var answers = Path.Combine(folder, EvaluationRun.ProbesFile);
        using var log = RunLog<RunStart>.Open(Path.Combine(folder, File));
        if (log.Records.FirstOrDefault(known => known.Seed != start.Seed) is { } other)
            throw new InvalidDataException($"{folder}: holds a run of seed {other.Seed}, asked for is seed {start.Seed}; choose another folder.");
        if (log.Records.Contains(start)) return;
        if (log.Records.Count > 0 && System.IO.File.Exists(answers) && RunLog<ProbeRecord>.Read(answers).Count >= probes) return;
        log.Append([start]);
    }

    /// <summary>What a run came from.</summary>
    /// <param name="folder">Of the run.</param>
    /// <returns>Its commits and machines in the order of the starts, its seed and its wall time.</returns>
    /// <exception cref="FileNotFoundException">The folder has no log of starts.</exception>
    public static RunOrigin Origin(string folder)
    {
        var starts = RunLog<RunStart>.Read(Path.Combine(folder, File));
        if (starts.Count == 0) throw new InvalidDataException($"{Path.Combine(folder, File)}: is empty; a run notes its start there.");
        var times = Path.Combine(folder, EvaluationRun.TimesFile);
        var seconds = System.IO.File.Exists(times) ? RunLog<GroupTime>.Read(times).Sum(t => t.EditSeconds + t.ProbeSeconds) : 0;
        return new([starts[0].Seed], string.Join(", ", starts.Select(s => s.Commit).Distinct()), string.Join(", ", starts.Select(s => s.Machine).Distinct()),
            Math.Round(seconds, 1));
    }
}
