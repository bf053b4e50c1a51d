using System.Diagnostics;
using Crane.Core;
using Crane.Core.Model;
using Crane.Core.Training;
using TorchSharp;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Crane.Bench;

/// <summary>How fast the nano model runs on one thread, beside PyTorch on the same weights and inputs, and beside what the machine can do. The two sides take
/// turns within every
/// round, so that whatever else the machine does falls on both.</summary>
internal static class SpeedBench
{
    private const int MatrixSide = 1024, PassFloats = 1 << 26;   // 256 MiB: no cache holds it

    public static int Run(int rounds, string python, string only)
    {
        NativeTorch.Ensure();
        set_num_threads(1);
        var folder = DataFolder.Of("nano");
        using var scope = NewDisposeScope();
        using var model = Checkpoint.Load(folder);
        using var learner = Checkpoint.Load(folder);
        learner.train();
        using var optimizer = new AdamW(learner.Decoder.named_parameters(), new());
        List<SpeedWork> works = [.. SpeedWork.All(model, learner, optimizer).Where(work => work.Name.Contains(only, StringComparison.Ordinal))];
        using var peer = TorchPeer.Start(python, folder);
        if (peer is null) Console.WriteLine("PyTorch does not start, so nothing is compared (Debian: apt-get install python3-torch libopenblas0).\n");
        foreach (var work in works) Agree(work, peer);

        var limits = new Limits();
        var (own, theirs) = (works.Select(_ => new List<Seconds>()).ToList(), works.Select(_ => new List<Seconds>()).ToList());
        for (var round = 0; round < rounds; round++)
        {
            limits.Measure();
            for (var w = 0; w < works.Count; w++)
            {
                if (round % 2 == 1 && peer is not null) theirs[w].Add(peer.Run(works[w].Command));
                own[w].Add(Time(works[w].Run));
                if (round % 2 == 0 && peer is not null) theirs[w].Add(peer.Run(works[w].Command));
            }
            Console.Error.Write($"\rround {round + 1}/{rounds} ");
        }
        Console.Error.WriteLine();
        Report(works, own, theirs, limits, peer?.Version);
        return 0;
    }

    /// <summary>Both sides must compute the same; this also warms them up.</summary>
    private static void Agree(SpeedWork work, TorchPeer? peer)
    {
        var own = work.Run();
        if (peer is null) return;
        var theirs = peer.Answer(work.Command);
        var furthest = own.Length == theirs.Length ? own.Zip(theirs, (a, b) => Math.Abs(a - b)).Max() : double.PositiveInfinity;
        Console.WriteLine($"{work.Name}: {own.Length} numbers, largest difference {furthest:g2}");
        if (furthest > 1e-3) throw new InvalidOperationException($"{work.Name}: the two sides do not compute the same; their times say nothing.");
    }

    private static Seconds Time(Func<object> work)
    {
        var (start, before) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        work();
        return new(Stopwatch.GetElapsedTime(start).TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
    }

    private static void Report(List<SpeedWork> works, List<List<Seconds>> own, List<List<Seconds>> theirs, Limits limits, string? version)
    {
        Console.WriteLine($"\nbest matrix product of {MatrixSide}³: {limits.Flops / 1e9:f0} GFLOP/s; one pass over {4.0 * PassFloats / 1e6:f0} MB: {limits.Bandwidth / 1e9:f1} GB/s; "
            + $"one thread; PyTorch {version ?? "absent"}; {own[0].Count} rounds; processor time, wall time in brackets\n");
        Console.WriteLine("| work | Crane best ms | median | PyTorch best ms | median | ratio of bests | ratio of medians | a second (best) | share of the limit |\n|---|---|---|---|---|---|---|---|---|");
        foreach (var (w, work) in works.Index())
        {
            var best = own[w].Min(s => s.Processor);
            var limit = Math.Max(work.Flops / limits.Flops, work.Bytes / limits.Bandwidth);
            string Pair(Func<IEnumerable<double>, double> pick, List<Seconds> times, double scale = 1000) =>
                times.Count == 0 ? "–" : $"{scale * pick(times.Select(s => s.Processor)):f1} ({scale * pick(times.Select(s => s.Wall)):f1})";
            string Ratio(Func<IEnumerable<double>, double> pick) => theirs[w].Count == 0 ? "–"
                : $"{pick(theirs[w].Select(s => s.Processor)) / pick(own[w].Select(s => s.Processor)):f2} ({pick(theirs[w].Select(s => s.Wall)) / pick(own[w].Select(s => s.Wall)):f2})";
            Console.WriteLine($"| {work.Name} | {Pair(Enumerable.Min, own[w])} | {Pair(Median, own[w])} | {Pair(Enumerable.Min, theirs[w])} | {Pair(Median, theirs[w])} "
                + $"| {Ratio(Enumerable.Min)} | {Ratio(Median)} | {work.Count / best:n0} {work.Unit} | {limit / best:p0} |");
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
    }

    /// <summary>The best that this machine did: multiplications of a large matrix product, bytes of one pass over memory.</summary>
    private sealed class Limits
    {
        private readonly Linear product = new(MatrixSide, MatrixSide, hasBias: false);
        private readonly Tensor matrix = rand(MatrixSide, MatrixSide);
        private readonly float[] memory = new float[PassFloats];

        public Limits() => Array.Fill(memory, 1f);   // or its pages are all one page of zeros

        public double Flops { get; private set; }

        public double Bandwidth { get; private set; }

        public void Measure()
        {
            using var none = no_grad();
            for (var i = 0; i < 5; i++)
            {
                using var scope = NewDisposeScope();
                Flops = Math.Max(Flops, 2 * Math.Pow(MatrixSide, 3) / Time(() => product.forward(matrix)).Processor);
            }
            Bandwidth = Math.Max(Bandwidth, 4.0 * PassFloats / Time(() => TensorPrimitives.Sum<float>(memory)).Processor);
        }
    }
}
