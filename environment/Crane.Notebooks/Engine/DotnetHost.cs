using System.Runtime.InteropServices;

namespace Crane.Notebooks.Engine;

/// <summary>The <c>dotnet</c> that this process runs on, for programs that it starts.</summary>
internal static class DotnetHost
{
    public static string Path { get; } = Find();

    /// <summary>This program's library, which the host runs.</summary>
    public static string Program => System.IO.Path.Combine(AppContext.BaseDirectory, "crane.dll");

    // …/dotnet/shared/Microsoft.NETCore.App/10.0.x/ → …/dotnet/dotnet
    private static string Find()
    {
        var name = RuntimeInformation.IsOSPlatform(OSPlatform.Windows) ? "dotnet.exe" : "dotnet";
        var beside = System.IO.Path.GetFullPath(System.IO.Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", name));
        return File.Exists(beside) ? beside : "dotnet";
    }
}
