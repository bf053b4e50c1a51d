namespace Crane.Core.Tests.Memory;

/// <summary>A copy of a folder's files that a test may damage.</summary>
internal sealed class CopiedFolder : IDisposable
{
    public CopiedFolder(string source)
    {
        foreach (var file in Directory.GetFiles(source)) File.Copy(file, System.IO.Path.Combine(Path, System.IO.Path.GetFileName(file)));
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("crane-copy").FullName;

    public void Replace(string file, string old, string with)
    {
        var path = System.IO.Path.Combine(Path, file);
        var text = File.ReadAllText(path);
        Assert.Contains(old, text);
        File.WriteAllText(path, text.Replace(old, with));
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
