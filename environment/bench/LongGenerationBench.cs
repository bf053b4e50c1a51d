using Crane.Core;
using Crane.Core.Model;
using Crane.Core.Model.Generation;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Bench;

/// <summary>Whether a long text costs more than its cache: live tensors and resident memory every tenth of the way.</summary>
internal static class LongGenerationBench
{
    private const int Prompt = 12;

    public static int Run(int tokens, int batch)
    {
        NativeTorch.Ensure();
        set_num_threads(1);
        var nano = QwenVlConfig.Load(DataFolder.Of("nano"));
        using var scope = NewDisposeScope();
        manual_seed(1);
        using var model = new QwenVl(nano with { Text = nano.Text with { MaxPositionEmbeddings = Prompt + tokens } });
        var input = new ModelInput { InputIds = randint(1000, [batch, Prompt], dtype: int64) };
        var written = 0;
        Console.WriteLine($"{batch} rows, {tokens} new tokens\n\n| token | live tensors | resident MiB |\n|---|---|---|");
        TokenGenerator.Generate(model, input, new() { MaxNewTokens = tokens }, onToken: (row, _) =>
        {
            if (row != 0 || ++written % Math.Max(1, tokens / 10) != 0) return;
            Console.WriteLine($"| {written} | {Tensor.TotalCount} | {ProcessMemory.Resident / (1024.0 * 1024):F1} |");
        });
        return 0;
    }
}
