using System.Diagnostics;
using System.Globalization;
using Crane.Core;
using Crane.Core.Model;
using Crane.Core.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Bench;

/// <summary>What gradient checkpointing saves: the highest resident memory of one forward and backward pass, with and without, each in a process of its own,
/// so that memory which one pass freed cannot serve the other.</summary>
internal static class CheckpointingBench
{
    public static int Run(int rows, int tokens)
    {
        Console.WriteLine($"{rows} × {tokens} tokens\n");
        Console.WriteLine("| checkpointing | resident before MiB | peak MiB | of it the pass MiB | seconds | loss | gradient norm |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var checkpointing in (bool[])[false, true])
        {
            var (exit, measured) = ChildBench.Run("checkpointing-one", checkpointing.ToString(), rows.ToString(CultureInfo.InvariantCulture),
                tokens.ToString(CultureInfo.InvariantCulture));
            if (exit != 0) return exit;
            Console.WriteLine($"| {(checkpointing ? "on" : "off")} | {measured} |");
        }
        return 0;
    }

    public static int RunOne(bool checkpointing, int rows, int tokens)
    {
        NativeTorch.Ensure();
        set_num_threads(1);
        using var scope = NewDisposeScope();
        manual_seed(1);
        using var model = new QwenVl(QwenVlConfig.Load(DataFolder.Of("nano")));
        model.Decoder.GradientCheckpointing = checkpointing;
        Pass(model, 1, 8);                                   // gradients and libtorch's own start are not part of it
        model.zero_grad(set_to_none: false);
        var before = ProcessMemory.Resident;
        var watch = Stopwatch.StartNew();
        var loss = Pass(model, rows, tokens);
        var (seconds, peak) = (watch.Elapsed.TotalSeconds, ProcessMemory.Peak);
        var norm = Math.Sqrt(model.parameters().Where(p => p.grad is not null).Sum(p => p.grad!.square().sum().item<float>()));
        Console.WriteLine($"{before >> 20} | {peak >> 20} | {(peak - before) >> 20} | {seconds:F1} | {loss:R} | {norm:R}");
        return 0;
    }

    private static float Pass(QwenVl model, int rows, int tokens)
    {
        using var scope = NewDisposeScope();
        var ids = randint(1000, [rows, tokens], dtype: int64);
        var loss = CausalLoss.Of(model, new() { InputIds = ids }, ids).Loss;
        loss.backward();
        return loss.item<float>();
    }
}
