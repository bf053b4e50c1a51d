using System.Globalization;
using Crane.Core;
using Crane.Core.Benchmark;
using Crane.Core.Evaluation.Tuning;
using Crane.Core.Model;
using Crane.Notebooks.Files;
using Crane.Notebooks.Pages;

namespace Crane.Notebooks.Running;

/// <summary>Searches settings of the editing methods on the dev split, in pieces of bounded length.</summary>
internal static class TuneCommand
{
    public static Task<int> Run(string[] names, string output, int perKind, int seed, double minutes, TextWriter log, CancellationToken cancellation)
    {
        EditingMethod[] methods;
        try { methods = names.Length == 0 ? [.. EditingMethods.All] : [.. names.Select(EditingMethods.Named)]; }
        catch (ArgumentException e) { throw new NotebookException(e.Message); }
        TorchSharp.torch.set_num_threads(1);
        Directory.CreateDirectory(output);
        using var model = VisionLanguageModel.Load(DataFolder.Of("nano"), cancellationToken: cancellation);
        var pictures = new BenchmarkPictures();
        using var parts = new MethodParts(model, DataFolder.Of("nano"), Path.Combine(Chapters.Root(), "artifacts", "editors"), pictures: pictures);
        var origin = Provenance.Now(Chapters.Root(), "tune").ToDictionary(pair => pair.Name, pair => pair.Value);
        var search = new TuningSearch(parts, TuningSearch.Choose(BenchmarkFile.Shipped("dev"), perKind, seed, pictures), seed, origin["commit"],
            origin["processor"]);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(minutes));
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var progress = new Immediate(update =>
            log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{update.Stage} {update.Done}/{update.Total}: {update.Detail}")));
        foreach (var method in methods)
        {
            try
            {
                var record = search.Run(method, Path.Combine(output, method.Id + ".json"), progress, both.Token);
                log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{method.Id}: chosen {record.Chosen!.Settings}, {record.Seconds:f0} s in all"));
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                log.WriteLine($"{method.Id}: {minutes} minutes are over; the same command goes on from there.");
                return Task.FromResult(0);
            }
        }
        return Task.FromResult(0);
    }

    private sealed class Immediate(Action<ProgressUpdate> show) : IProgress<ProgressUpdate>
    {
        public void Report(ProgressUpdate value) => show(value);
    }
}
