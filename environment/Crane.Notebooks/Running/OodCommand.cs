using Crane.Core;
using Crane.Core.Benchmark;
using Crane.Core.Benchmark.Importing;

namespace Crane.Notebooks.Running;

/// <summary>Makes the set out of distribution.</summary>
internal static class OodCommand
{
    /// <summary>Writes it in the kit's own form and, beside it, its pictured questions in MMEVOKE's.</summary>
    /// <param name="folder">Gets ood.jsonl, and mmevoke/ where that is asked for.</param>
    /// <param name="seed">Of all draws.</param>
    /// <param name="mmevoke">Whether MMEVOKE's form is written, too.</param>
    /// <param name="log">Gets a sentence.</param>
    public static void Run(string folder, int seed, bool mmevoke, TextWriter log)
    {
        var edits = OutOfDistribution.Generate(NanoWorld.Load(), seed);
        Directory.CreateDirectory(folder);
        BenchmarkFile.Write(Path.Combine(folder, "ood.jsonl"), edits);
        log.WriteLine($"{edits.Count} edits, {edits.Sum(edit => edit.Probes.Length)} probes: {Path.Combine(folder, "ood.jsonl")}");
        if (!mmevoke) return;
        var written = EvokeExport.Write(edits, new(), Path.Combine(folder, "mmevoke"));
        log.WriteLine($"{written} of the questions have a picture and stand in MMEVOKE's form in {Path.Combine(folder, "mmevoke")}.");
    }
}
