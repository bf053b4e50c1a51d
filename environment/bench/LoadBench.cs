using System.Diagnostics;
using Crane.Core;
using Crane.Core.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Bench;

/// <summary>Peak memory of <see cref="Checkpoint.Load"/>, each line in a process of its own.</summary>
internal static class LoadBench
{
    private static readonly (string File, string Target)[] Lines = [("BF16", "bfloat16"), ("BF16", "float32"), ("F32", "float32"), ("F32", "bfloat16")];

    public static int Run(int layers)
    {
        var config = EmptyCheckpoint.Qwen25Vl3B(layers);
        Console.WriteLine("| file | in memory | tensors MiB | peak MiB | peak / tensors | of it loading | seconds |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var (file, target) in Lines)
        {
            var folder = Directory.CreateTempSubdirectory("crane-load-").FullName;
            try
            {
                EmptyCheckpoint.Write(folder, config, file);
                var (exit, measured) = ChildBench.Run("load-one", folder, target);
                if (exit != 0) return exit;
                Console.WriteLine($"| {file} | {target} | {measured} |");
            }
            finally { Directory.Delete(folder, recursive: true); }
        }
        return 0;
    }

    public static int RunOne(string folder, string target)
    {
        NativeTorch.Ensure();
        set_num_threads(1);
        using (ones(8).sum()) { }                       // libtorch's own start is not part of loading
        var before = ProcessMemory.Resident;
        var watch = Stopwatch.StartNew();
        using var scope = NewDisposeScope();
        using var model = Checkpoint.Load(folder, Enum.Parse<ScalarType>(target, ignoreCase: true), progress: new ToError());
        var seconds = watch.Elapsed.TotalSeconds;
        var bytes = model.parameters().Sum(parameter => parameter.numel() * parameter.element_size());
        var peak = ProcessMemory.Peak;
        Console.WriteLine($"{bytes >> 20} | {peak >> 20} | {(double)peak / bytes:F3} | {(double)(peak - before) / bytes:F3} | {seconds:F1}");
        return 0;
    }

    /// <summary>A line that is written over.</summary>
    private sealed class ToError : IProgress<ProgressUpdate>
    {
        public void Report(ProgressUpdate value)
        {
            if (value.Done % 20 == 0 || value.Done == value.Total) Console.Error.Write($"\r{value.Stage} {value.Done}/{value.Total} ");
        }
    }
}
