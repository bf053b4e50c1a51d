namespace Crane.Core.Tests;

/// <summary>The folder of reference values: the one that CRANE_GOLDEN names, or the project's own.</summary>
internal static class Golden
{
    public static string Root { get; } =
        Environment.GetEnvironmentVariable("CRANE_GOLDEN") is { Length: > 0 } named ? Path.GetFullPath(named) : DataFolder.Of("golden");

    public static string File(params string[] parts) => Path.Combine([Root, .. parts]);
}
