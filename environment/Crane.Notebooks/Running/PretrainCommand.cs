using Crane.Core;
using Crane.Core.Training.Pretraining;

namespace Crane.Notebooks.Running;

/// <summary>Makes the nano base again, with a progress line in the terminal.</summary>
internal static class PretrainCommand
{
    public static Task<int> Run(string output, int seed, int threads, TextWriter log, CancellationToken cancellation)
    {
        var config = new PretrainingConfig { Seed = seed };
        log.WriteLine($"Pre-training with seed {seed} to {output}: {Curriculum.Nano.Sum(s => s.Steps):N0} steps, about 45 minutes on one free core. A killed run goes on where it was.");
        TorchSharp.torch.set_num_threads(threads);
        var bar = Core.Display.Show.Progress(b => log.Write($"\r{b}\u001b[K"));
        try { NanoBase.Make(null, output, config, bar, cancellation); }
        catch (OperationCanceledException)
        {
            log.WriteLine($"{Environment.NewLine}Stopped, with a checkpoint in {Path.Combine(output, "training")}; the same command goes on from there.");
            return Task.FromResult(130);
        }
        log.WriteLine($"{Environment.NewLine}Done: {Path.Combine(output, "README.md")} has the results.");
        return Task.FromResult(0);
    }
}
