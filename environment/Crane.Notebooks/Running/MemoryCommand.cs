using Crane.Core;
using Crane.Core.Benchmark;
using Crane.Core.Memory.Learning;
using Crane.Core.Model;

namespace Crane.Notebooks.Running;

/// <summary>Makes the files of data/memory again, with a progress line in the terminal.</summary>
internal static class MemoryCommand
{
    private static readonly int[] GrowthSizes = [0, 10, 100, 1_000, 10_000];

    public static async Task<int> Run(string output, int seed, TextWriter log, CancellationToken cancellation)
    {
        log.WriteLine($"Learning the memory's picture net and gates with seed {seed} to {output}: about a quarter of an hour on one free core. "
            + "A stopped run goes on behind the finished net.");
        TorchSharp.torch.set_num_threads(1);
        using var model = VisionLanguageModel.Load(DataFolder.Of("nano"), cancellationToken: cancellation);
        var bar = Core.Display.Show.Progress(b => log.Write($"\r{b}\u001b[K"));
        try { await new MemoryRecipe(model, output, new() { Seed = seed }).MakeAsync(bar, cancellation); }
        catch (OperationCanceledException)
        {
            log.WriteLine($"{Environment.NewLine}Stopped; the same command goes on from {Path.Combine(output, "work")}.");
            return 130;
        }
        log.WriteLine($"{Environment.NewLine}Done: pictures.safetensors and gates.json are in {output}.");
        return 0;
    }

    /// <summary>Prints the tables of data/memory/README.md and writes data/results/growth.jsonl.</summary>
    public static async Task<int> Measure(TextWriter log, CancellationToken cancellation)
    {
        TorchSharp.torch.set_num_threads(1);
        using var model = VisionLanguageModel.Load(DataFolder.Of("nano"), cancellationToken: cancellation);
        using var learnt = LearntMemory.Load();
        var test = BenchmarkFile.Shipped("test");
        var queries = await MemoryMeasure.QueriesAsync(learnt, model, test, cancellationToken: cancellation);
        log.WriteLine(MemoryMeasure.Markdown(MemoryMeasure.Rows(learnt, queries)));
        var untaught = await MemoryMeasure.UntaughtAsync(learnt, model, "test", test, cancellationToken: cancellation);
        log.WriteLine(MemoryMeasure.Markdown(MemoryMeasure.Rows(learnt, untaught)));
        var bar = Core.Display.Show.Progress(b => log.Write($"\r{b}\u001b[K"));
        var growth = await new LibraryGrowth(learnt, model, test).MeasureAsync(GrowthSizes, progress: bar, cancellationToken: cancellation);
        log.WriteLine($"{Environment.NewLine}{LibraryGrowth.Markdown(growth)}");
        GrowthFile.Write(GrowthFile.Path, GrowthFile.Of(growth));
        return 0;
    }
}
