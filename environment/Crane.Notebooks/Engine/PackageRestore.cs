using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Crane.Notebooks.Engine;

/// <summary>What came of a package: its managed libraries, and the folders in which they and its native ones lie.</summary>
internal sealed record RestoredPackage(IReadOnlyList<string> Assemblies, IReadOnlySet<string> Folders);

/// <summary>Fetches packages that the kit does not ship, with the SDK's own <c>dotnet restore</c>: its sources, its cache, its rules.</summary>
internal static partial class PackageRestore
{
    /// <summary>Restores a package; the second time it is there at once.</summary>
    /// <exception cref="CellSourceException">No such package, no source that answers, or no SDK.</exception>
    public static async Task<RestoredPackage> Run(PackageName package, int line, CellScope scope)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Home(), Key(package))).FullName;
        var assets = Path.Combine(folder, "obj", "project.assets.json");
        if (Read(assets) is { } before)
            return before;
        await File.WriteAllTextAsync(Path.Combine(folder, "package.csproj"), Project(package));
        var shown = scope.Display($"Fetching {package} …", "text/plain");
        var clock = Stopwatch.StartNew();
        using var ticker = new Timer(_ => shown.Update($"Fetching {package} … {clock.Elapsed.TotalSeconds:0} s"), null, 1000, 1000);
        var log = await Restore(folder, line, scope.Cancellation);
        ticker.Change(Timeout.Infinite, Timeout.Infinite);
        if (Read(assets) is not { } restored)
        {
            shown.Update($"{package} was not fetched.");
            throw new CellSourceException(Explain(package, log), line);
        }
        shown.Update($"{package}: {restored.Assemblies.Count} libraries, fetched in {clock.Elapsed.TotalSeconds:0.0} s.");
        return restored;
    }

    private static string Home() =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "crane", "packages");

    private static string Key(PackageName package) => $"{package.Id.ToLowerInvariant()}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{package} {RuntimeInformation.RuntimeIdentifier}")))[..12]}";

    private static string Project(PackageName package) => $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <TargetFramework>net{Environment.Version.Major}.0</TargetFramework>
            <RuntimeIdentifier>{RuntimeInformation.RuntimeIdentifier}</RuntimeIdentifier>
            <SelfContained>false</SelfContained>
            <ManagePackageVersionsCentrally>false</ManagePackageVersionsCentrally>
            <NoWarn>NU1603;NU1608;NU1701;NU1602;NU1604</NoWarn>
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="{package.Id}" Version="{package.Version ?? "*"}" />
          </ItemGroup>
        </Project>
        """;

    private static async Task<string> Restore(string folder, int line, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(DotnetHost.Path, ["restore", "package.csproj", "--nologo", "-v", "q", "--disable-build-servers"])
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
            Environment = { ["DOTNET_CLI_UI_LANGUAGE"] = "en", ["DOTNET_NOLOGO"] = "1", ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
                ["MSBUILDDISABLENODEREUSE"] = "1" },
        };
        // What the host was started with would lead the SDK astray.
        foreach (var name in (string[])["MSBuildSDKsPath", "MSBUILD_EXE_PATH", "MSBuildExtensionsPath", "DOTNET_HOST_PATH"])
            start.Environment.Remove(name);
        using var process = Process.Start(start)
            ?? throw new CellSourceException("'dotnet restore' did not start; the .NET SDK is needed to fetch packages.", line);
        try
        {
            var texts = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(cancellation), process.StandardError.ReadToEndAsync(cancellation));
            await process.WaitForExitAsync(cancellation);
            return string.Concat(texts);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private static string Explain(PackageName package, string log)
    {
        var codes = Error().Matches(log).Select(m => (Code: m.Groups[1].Value, Text: m.Groups[2].Value.Trim())).Distinct().ToArray();
        var reason = codes.FirstOrDefault().Code switch
        {
            "NU1101" => $"there is no package '{package.Id}'",
            "NU1102" or "NU1103" => $"there is no such version: {codes[0].Text}",
            "NU1301" => "no package source answers, so this machine seems to be offline",
            "NU1202" or "NU1213" => $"it does not fit .NET {Environment.Version.Major}: {codes[0].Text}",
            null => log.Trim() is { Length: > 0 } said ? said.Split('\n')[0] : "the .NET SDK, which fetches packages, gave no reason",
            var code => $"{code}: {codes[0].Text}",
        };
        return $"The package {package} does not come with the kit and cannot be fetched: {reason}. Shipped packages need no network ('#!about' lists them); " +
            "a library that you built is referenced by its path: #r \"path/to/library.dll\".";
    }

    // Null when nothing was restored. Paths of the cache may be gone since.
    private static RestoredPackage? Read(string assets)
    {
        if (!File.Exists(assets))
            return null;
        var root = JsonNode.Parse(File.ReadAllText(assets))!;
        if (root["logs"] is JsonArray logs && logs.Any(l => (string?)l!["level"] == "Error"))
            return null;
        var caches = root["packageFolders"]!.AsObject().Select(f => f.Key).ToArray();
        var target = root["targets"]!.AsObject().LastOrDefault(t => t.Key.Contains('/')).Value ?? root["targets"]!.AsObject().Last().Value!;
        var (assemblies, folders) = (new List<string>(), new HashSet<string>());
        foreach (var (name, library) in target.AsObject())
            foreach (var kind in (string[])["runtime", "native"])
                foreach (var (relative, _) in library![kind] as JsonObject ?? [])
                {
                    var path = caches.Select(c => Path.Combine(c, (string)root["libraries"]![name]!["path"]!, relative)).FirstOrDefault(File.Exists);
                    if (path is null && !relative.EndsWith("_._", StringComparison.Ordinal))
                        return null;
                    if (path is null)
                        continue;
                    folders.Add(Path.GetDirectoryName(path)!);
                    if (kind == "runtime")
                        assemblies.Add(path);
                }
        return new RestoredPackage(assemblies, folders);
    }

    [GeneratedRegex(@"error (NU\d+): ([^\r\n\[]*)")]
    private static partial Regex Error();
}
