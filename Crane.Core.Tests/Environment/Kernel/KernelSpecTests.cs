using System.Text.Json.Nodes;
using Crane.Notebooks.Files;
using Crane.Notebooks.Kernel;

namespace Crane.Core.Tests.Notebooks;

public sealed class KernelSpecTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("crane-spec-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Install_BelowAPrefix_WritesWhatJupyterReads()
    {
        Assert.Equal(0, await Crane.Notebooks.CommandLine.Create().Parse(["install", "--prefix", folder]).InvokeAsync());
        var spec = Path.Combine(folder, "share", "jupyter", "kernels", ".net-csharp");
        var kernel = JsonNode.Parse(File.ReadAllText(Path.Combine(spec, "kernel.json")))!;
        var arguments = kernel["argv"]!.AsArray().Select(a => (string)a!).ToArray();
        Assert.Equal(["kernel", "{connection_file}"], arguments[^2..]);
        Assert.True(File.Exists(arguments[1]), arguments[1]);
        Assert.Equal(("C#", "message"), ((string)kernel["language"]!, (string)kernel["interrupt_mode"]!));
        Assert.True(new FileInfo(Path.Combine(spec, "plotly.js")).Length > 1_000_000);
        Assert.Equal(0, await Crane.Notebooks.CommandLine.Create().Parse(["install", "--prefix", folder]).InvokeAsync());
        Assert.Equal(0, await Crane.Notebooks.CommandLine.Create().Parse(["uninstall", "--prefix", folder]).InvokeAsync());
        Assert.False(Directory.Exists(spec));
    }

    [Theory]
    [InlineData(2, "uninstall", "--prefix", "nowhere")]
    [InlineData(1, "install", "--user", "--sys-prefix")]
    [InlineData(2, "kernel", "no-such-file.json")]
    public async Task CommandLine_WhatCannotBe_HasItsExitCode(int code, params string[] arguments) =>
        Assert.Equal(code, await Crane.Notebooks.CommandLine.Create().Parse(arguments).InvokeAsync());

    [Fact]
    public void Uninstall_AnotherKernelOfThatName_Stays()
    {
        var spec = Directory.CreateDirectory(Path.Combine(folder, ".net-csharp")).FullName;
        File.WriteAllText(Path.Combine(spec, "kernel.json"), "{\"argv\": [\"dotnet-interactive\"]}");
        Assert.Contains("is not this one", Assert.Throws<NotebookException>(() => KernelSpec.Uninstall(folder, TextWriter.Null)).Message);
        Assert.True(Directory.Exists(spec));
    }

    [Theory]
    [InlineData("nonsense", "is not JSON")]
    [InlineData("{\"transport\": \"ipc\"}", "'ipc' is not spoken")]
    [InlineData("{\"key\": \"k\", \"signature_scheme\": \"hmac-md5\"}", "'hmac-md5' is not known")]
    [InlineData("{\"shell_port\": 1, \"control_port\": 70000}", "'control_port'")]
    public void ConnectionFile_Bad_SaysWhatIsWrong(string text, string told)
    {
        var path = Path.Combine(folder, "connection.json");
        File.WriteAllText(path, text);
        Assert.Contains(told, Assert.Throws<NotebookException>(() => ConnectionFile.Read(path)).Message);
    }
}
