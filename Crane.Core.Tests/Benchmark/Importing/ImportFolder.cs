using Crane.Core.Benchmark;
using Crane.Core.Benchmark.Importing;
using Crane.Core.Vision;

namespace Crane.Core.Tests.Benchmark.Importing;

/// <summary>A folder with small pictures, for files of the published sets' schemas.</summary>
internal sealed class ImportFolder : IDisposable
{
    public ImportFolder()
    {
        foreach (var (name, shade) in ((string, byte)[])[("a.png", 10), ("b.png", 90), ("sub/c.png", 200)])
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Of("images", name))!);
            File.WriteAllBytes(Of("images", name), PictureFile.ToPng(new Picture(4, 3, [.. Enumerable.Repeat(shade, 36)])));
        }
    }

    public string Root { get; } = Directory.CreateTempSubdirectory().FullName;

    public List<string> Skipped { get; } = [];

    public ImportSettings Strict => new() { Pictures = Of("images"), Skipped = Skipped.Add };

    public ImportSettings Lenient => Strict with { SkipMissingPictures = true };

    public string Of(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    public string Write(string text, string name = "file.json")
    {
        File.WriteAllText(Of(name), text);
        return Of(name);
    }

    public static async Task<List<BenchmarkEdit>> All(IAsyncEnumerable<BenchmarkEdit> edits)
    {
        var all = new List<BenchmarkEdit>();
        await foreach (var edit in edits) all.Add(edit);
        return all;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
