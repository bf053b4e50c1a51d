using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Crane.Core.Tests.Memory;

/// <summary>PostgreSQL with pgvector, compiled to WebAssembly and run by Node, over the ordinary wire protocol; one connection at a time.</summary>
public sealed class PgVectorServer : IAsyncLifetime
{
    private const string Script = """
        import { PGlite } from '@electric-sql/pglite';
        import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
        import { vector } from '@electric-sql/pglite-pgvector';
        const db = await PGlite.create({ extensions: { vector } });
        const server = new PGLiteSocketServer({ db, port: Number(process.argv[2]), host: '127.0.0.1' });
        await server.start();
        console.log('up');
        process.stdin.on('end', () => process.exit(0)).resume();
        """;

    private static readonly string[] Packages = ["@electric-sql/pglite@0.5.16", "@electric-sql/pglite-pgvector@0.0.15", "@electric-sql/pglite-socket@0.2.17"];
    private Process? node;

    /// <summary>Why there is no server; null when there is one.</summary>
    public string? Missing { get; private set; }

    public NpgsqlDataSource? Source { get; private set; }

    public async Task InitializeAsync()
    {
        var folder = Path.Combine(Path.GetDirectoryName(DataFolder.Path)!, "artifacts", "pgvector");
        Directory.CreateDirectory(folder);
        Missing = await InstallAsync(folder);
        if (Missing is not null) return;
        var script = Path.Combine(folder, "server.mjs");
        AtomicFile.WriteAllText(script, Script);
        var port = FreePort();
        node = Start("node", [script, $"{port}"], folder);
        var up = node.StandardOutput.ReadLineAsync();
        if (await Task.WhenAny(up, Task.Delay(TimeSpan.FromMinutes(2))) != up || await up != "up")
        {
            Missing = $"the server of {folder} did not start: {(node.HasExited ? await node.StandardError.ReadToEndAsync() : "no answer in two minutes")}";
            return;
        }
        var builder = new NpgsqlDataSourceBuilder($"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;SSL Mode=Disable;Maximum Pool Size=1;Timeout=60;Command Timeout=300");
        builder.UseVector();
        Source = builder.Build();
    }

    public async Task DisposeAsync()
    {
        if (Source is not null) await Source.DisposeAsync();
        if (node is null) return;
        if (!node.HasExited) node.Kill(entireProcessTree: true);
        node.Dispose();
    }

    private static async Task<string?> InstallAsync(string folder)
    {
        if (Packages.All(p => Directory.Exists(Path.Combine(folder, "node_modules", p[..p.LastIndexOf('@')])))) return null;
        try
        {
            var npm = OperatingSystem.IsWindows() ? "npm.cmd" : "npm";
            using var install = Start(npm, ["install", "--no-audit", "--no-fund", "--legacy-peer-deps", "--prefix", folder, .. Packages], folder);
            var errors = install.StandardError.ReadToEndAsync();
            await install.StandardOutput.ReadToEndAsync();
            await install.WaitForExitAsync();
            return install.ExitCode == 0 ? null : $"npm could not fetch PostgreSQL: {await errors}";
        }
        catch (System.ComponentModel.Win32Exception) { return "neither node nor npm is installed"; }
    }

    private static Process Start(string program, IEnumerable<string> arguments, string folder) => Process.Start(new ProcessStartInfo(program, arguments)
    {
        WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
    })!;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
