using Crane.Core.Model;

namespace Crane.Core.Tests.Model;

public class NativeTorchTests
{
    [Fact]
    public void Ensure_BuiltProperly_Passes() => NativeTorch.Ensure();

    [Theory]
    [InlineData("linux-x64", "libLibTorchSharp.so and libtorch_cpu.so are not in")]
    [InlineData("win-x64", "LibTorchSharp.dll and torch_cpu.dll are not in")]
    [InlineData("osx-arm64", "libLibTorchSharp.dylib and libtorch_cpu.dylib are not in")]
    public void Explain_FilesMissing_NamesThemAndTheCommand(string runtime, string expected)
    {
        var text = NativeTorch.Explain(Directory.CreateTempSubdirectory().FullName, runtime, new DllNotFoundException("x"));
        Assert.Contains(expected, text);
        Assert.Contains($"dotnet build -c Release -r {runtime}", text);
    }

    [Fact]
    public void Explain_FilesThereButUnfit_GivesTheLoadersWords()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        foreach (var name in new[] { "libLibTorchSharp.so", "libtorch_cpu.so" }) File.WriteAllText(Path.Combine(folder, name), "");
        Assert.Contains("version `GLIBCXX_3.4.32' not found",
            NativeTorch.Explain(folder, "linux-x64", new DllNotFoundException("version `GLIBCXX_3.4.32' not found")));
    }
}
