using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Crane.Notebooks.Engine;
using Crane.Notebooks.Kernel;
using NetMQ;
using NetMQ.Sockets;

namespace Crane.Bench;

/// <summary>How long a reader waits for the Jupyter kernel: from its start to the result of a first cell, and for a trivial cell later on.</summary>
internal static class KernelBench
{
    private const string Key = "secret";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static int Run(int starts, int cells)
    {
        Console.WriteLine($"{starts} starts and {cells} cells after them; {Environment.ProcessorCount} cores; .NET {Environment.Version}");
        var (first, trivial) = (new List<double>(), new List<double>());
        for (var start = 0; start <= starts; start++)
        {
            var folder = Directory.CreateTempSubdirectory("crane-bench-kernel-").FullName;
            var watch = Stopwatch.StartNew();
            using var kernel = new Client(folder);
            kernel.Execute("1 + 1");
            // The first start fills the file cache; "warm" means that it is full.
            if (start > 0) first.Add(watch.Elapsed.TotalSeconds);
            Console.WriteLine($"  {(start == 0 ? "cold start" : $"start {start}")}: first result after {watch.Elapsed.TotalSeconds:F2} s");
            if (start < starts) continue;
            for (var cell = 0; cell < cells + 20; cell++)
            {
                watch.Restart();
                kernel.Execute($"{cell} + 1");
                if (cell >= 20) trivial.Add(watch.Elapsed.TotalMilliseconds);
            }
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"start-up to first result, warm: median {Median(first):F2} s (aim: under 3 s)"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"trivial cell: median {Median(trivial):F1} ms, 95th percentile {trivial.Order().ElementAt((int)(0.95 * trivial.Count)):F1} ms (aim: under 30 ms)"));
        return 0;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    /// <summary>A kernel in a process of its own and a client of it, over the protocol that Jupyter speaks.</summary>
    private sealed class Client : IDisposable
    {
        private readonly Process process;
        private readonly WireFormat wire = new(Key);
        private readonly DealerSocket shell = new(), control = new();
        private readonly string folder;

        public Client(string folder)
        {
            this.folder = folder;
            string[] channels = ["shell", "control", "iopub", "stdin", "hb"];
            var ports = channels.Zip(FreePorts(channels.Length)).ToDictionary(p => p.First, p => p.Second);
            var file = new JsonObject { ["transport"] = "tcp", ["ip"] = "127.0.0.1", ["key"] = Key, ["signature_scheme"] = "hmac-sha256" };
            foreach (var (channel, port) in ports) file[$"{channel}_port"] = port;
            var path = Path.Combine(folder, "connection.json");
            File.WriteAllText(path, file.ToJsonString());
            process = Process.Start(new ProcessStartInfo(DotnetHost.Path, [DotnetHost.Program, "kernel", path])
            {
                WorkingDirectory = folder, RedirectStandardError = true, RedirectStandardOutput = true,
                    Environment = { ["DOTNET_TieredPGO"] = "0", ["DOTNET_NOLOGO"] = "1" },
            })!;
            foreach (var (socket, channel) in new[] { (shell, "shell"), (control, "control") })
            {
                socket.Options.ReconnectInterval = TimeSpan.FromMilliseconds(20);
                socket.Connect($"tcp://127.0.0.1:{ports[channel]}");
            }
        }

        /// <summary>Runs a cell and waits for its reply, which comes after its result.</summary>
        public void Execute(string code)
        {
            var reply = Ask(shell, "execute_request", new JsonObject { ["code"] = code });
            if ((string?)reply.Content["status"] != "ok") throw new InvalidOperationException($"'{code}' gave {reply.Content.ToJsonString()}");
        }

        public void Dispose()
        {
            Ask(control, "shutdown_request", new JsonObject { ["restart"] = false });
            if (!process.WaitForExit(10_000)) process.Kill(entireProcessTree: true);
            foreach (var socket in (NetMQSocket[])[shell, control]) socket.Dispose();
            process.Dispose();
            Directory.Delete(folder, recursive: true);
        }

        private Message Ask(DealerSocket socket, string type, JsonObject content)
        {
            socket.SendMultipartBytes(wire.Pack(wire.New(type, content)));
            var frames = new NetMQMessage();
            if (!socket.TryReceiveMultipartMessage(Patience, ref frames)) throw new TimeoutException($"The kernel did not answer a {type}; it said: {(process.HasExited ? process.StandardError.ReadToEnd() : "nothing yet")}");
            return wire.Unpack([.. frames.Select(f => f.ToByteArray())], out var refusal) ?? throw new InvalidDataException(refusal);
        }

        private static int[] FreePorts(int count)
        {
            var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
            foreach (var listener in listeners) listener.Start();
            int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
            foreach (var listener in listeners) listener.Stop();
            return ports;
        }
    }
}
