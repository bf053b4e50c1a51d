using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using Crane.Core;
using Crane.Core.Memory;

namespace Crane.Bench;

/// <summary>One query against a library of vectors, beside what the machine can do at best: one pass over the same bytes, and numpy's matrix times
/// vector.</summary>
internal static class RetrievalBench
{
    private const int Queries = 20, Top = 10;

    public static void Run(int rows, int dimension)
    {
        var gigabytes = 4.0 * rows * dimension / 1e9;
        Console.WriteLine($"{rows:N0} × {dimension} float32, {gigabytes:f2} GB; {Environment.ProcessorCount} cores; .NET {Environment.Version}");
        float[] Draw(Random random) =>
            [.. Enumerable.Range(0, dimension).Select(_ => (float)(random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5))];
        using var exact = new FlatIndex(dimension);
        using var int8 = new FlatIndex(dimension, ScanPrecision.Int8);
        for (var (row, random) = (0, Seeds.Random(1)); row < rows; row += 10_000)
        {
            IndexItem[] items = [.. Enumerable.Range(row, Math.Min(10_000, rows - row)).Select(i => new IndexItem($"{i}", Draw(random)))];
            exact.Add(items);
            int8.Add(items);
        }
        float[][] queries = [.. Enumerable.Range(0, Queries).Select(q => Draw(Seeds.Random(2, q)))];
        var pass = MemoryPass(gigabytes);
        var scan = Best(q => exact.Search(queries[q], Top));
        Report("exact, top 10", scan, gigabytes);
        Report("int8, re-ranked, top 10", Best(q => int8.Search(queries[q], Top)), gigabytes / 4);
        var recall = queries.Average(q => exact.Search(q, Top).Select(h => h.Id).Intersect(int8.Search(q, Top).Select(h => h.Id)).Count() / (double)Top);
        Console.WriteLine($"exact scan: {pass / scan:p0} of the memory bandwidth, {scan / pass:f2} passes; int8 recall@10 {recall:f4}");
        Numpy(rows, dimension, gigabytes);
    }

    private static double MemoryPass(double gigabytes)
    {
        float[][] memory = [.. Enumerable.Range(0, (int)Math.Ceiling(1e9 * gigabytes / (1 << 22))).Select(_ => GC.AllocateUninitializedArray<float>(1 << 20))];
        foreach (var part in memory) Array.Fill(part, 1f);
        var pass = Best(_ => { Parallel.ForEach(memory, part => TensorPrimitives.Sum<float>(part)); return memory; });
        Report("one pass over as many bytes", pass, memory.Length * 4.0 * (1 << 20) / 1e9);
        return pass;
    }

    /// <summary>Seconds: the least of several runs, since other programs can only add.</summary>
    private static double Best(Func<int, object> body)
    {
        var best = double.PositiveInfinity;
        for (var run = 0; run < Queries; run++)
        {
            var watch = Stopwatch.StartNew();
            body(run);
            best = Math.Min(best, watch.Elapsed.TotalSeconds);
        }
        return best;
    }

    private static void Numpy(int rows, int dimension, double gigabytes)
    {
        var script = $"import numpy as n,time\na=n.random.default_rng(1).standard_normal(({rows},{dimension}),dtype='f4');q=a[0].copy();b=9\n"
            + $"for _ in range({Queries}):\n t=time.perf_counter();s=a@q;m=time.perf_counter()-t;i=n.argpartition(s,-{Top})[-{Top}:];b=min(b,m)\nprint(n.__version__,b)";
        try
        {
            using var numpy = Process.Start(new ProcessStartInfo("python3", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            string[] answer = numpy.StandardOutput.ReadToEnd().Split();
            numpy.WaitForExit();
            if (numpy.ExitCode != 0) Console.WriteLine("numpy: not installed, not compared");
            else Report($"numpy {answer[0]} matrix × vector alone", double.Parse(answer[1], CultureInfo.InvariantCulture), gigabytes);
        }
        catch (System.ComponentModel.Win32Exception) { Console.WriteLine("python3: not installed, numpy not compared"); }
    }

    private static void Report(string what, double seconds, double gigabytesRead) =>
        Console.WriteLine($"{what,-38}{1000 * seconds,9:f1} ms {gigabytesRead / seconds,7:f1} GB/s");
}
