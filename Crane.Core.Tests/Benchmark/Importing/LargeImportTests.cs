using Crane.Core.Benchmark.Importing;

namespace Crane.Core.Tests.Benchmark.Importing;

/// <summary>What an import holds of a large file. Runs alone: the measure is of the whole process, and neighbours would count.</summary>
[Collection(nameof(Torch))]
public sealed class LargeImportTests : IDisposable
{
    private readonly ImportFolder folder = new();

    [Fact]
    public async Task Read_ALargeFile_TakesConstantMemory()
    {
        // 64 MB of records; what the reader holds at any time stays far below the file.
        var path = folder.Of("large.json");
        var padded = VlkebImportTests.Record.Replace("nq question: who wrote it", new string('x', 16_000));
        const int Records = 4_000;
        using (var writer = new StreamWriter(path))
        {
            writer.Write('[');
            for (var i = 0; i < Records; i++) writer.Write(i == 0 ? padded : "," + padded);
            writer.Write(']');
        }
        Assert.True(new FileInfo(path).Length > 64_000_000);
        var (count, most) = (0, 0L);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await foreach (var edit in VlkebImport.Read(path, folder.Strict))
            if (++count % 500 == 0) most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
        Assert.Equal(Records, count);
        Assert.True(most < 8_000_000, $"{most:N0} bytes were held.");
    }

    public void Dispose() => folder.Dispose();
}
