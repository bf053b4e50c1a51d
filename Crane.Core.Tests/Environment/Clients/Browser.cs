using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Crane.Core.Tests.Notebooks;

/// <summary>A page in headless Chromium, driven over the DevTools protocol.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    private readonly Process process;
    private readonly string profile;
    private readonly ClientWebSocket socket = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode>> waiting = [];
    private readonly SemaphoreSlim sending = new(1);
    private int calls;

    private Browser(Process process, string profile) => (this.process, this.profile) = (process, profile);

    /// <summary>Errors of scripts, of the console, and of the browser itself; refusals of a content policy among them.</summary>
    public ConcurrentQueue<string> Problems { get; } = [];

    /// <summary>Addresses that the page asked for.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>Skips the test where no browser is installed.</summary>
    public static void Need() => Clients.Need(Find() is not null, "Chromium (Debian's package 'chromium')");

    /// <summary>Starts it with an empty profile and an empty page.</summary>
    public static async Task<Browser> Start(int width = 1250, int height = 1000)
    {
        var profile = Directory.CreateTempSubdirectory("crane-browser-").FullName;
        var process = Process.Start(new ProcessStartInfo(Find()!,
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage", "--disable-extensions", "--hide-scrollbars", "--remote-debugging-port=0", $"--user-data-dir={profile}",
            $"--window-size={width},{height}", "about:blank",
        ]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var browser = new Browser(process, profile);
        await browser.Connect();
        return browser;
    }

    public async Task<JsonNode> Call(string method, JsonObject? arguments = null)
    {
        var id = Interlocked.Increment(ref calls);
        var answer = waiting[id] = new TaskCompletionSource<JsonNode>(TaskCreationOptions.RunContinuationsAsynchronously);
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = arguments ?? [] }.ToJsonString();
        await sending.WaitAsync();
        try { await socket.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, true, default); }
        finally { sending.Release(); }
        return await answer.Task.WaitAsync(Patience);
    }

    public async Task Open(string address)
    {
        await Call("Page.navigate", new JsonObject { ["url"] = address });
        await Until("document.readyState === 'complete'");
    }

    /// <summary>The value of an expression, awaited if it is a promise.</summary>
    public async Task<JsonNode?> Evaluate(string expression)
    {
        var answer = await Call("Runtime.evaluate", new JsonObject { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true });
        return answer["exceptionDetails"] is { } failure ? throw new InvalidOperationException($"{expression}: {failure.ToJsonString()}")
            : answer["result"]!["value"]?.DeepClone();
    }

    /// <summary>Waits until an expression is true.</summary>
    public async Task Until(string expression, double seconds = 180)
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(100))
        {
            if ((await Evaluate($"!!({expression})"))!.GetValue<bool>())
                return;
            if (watch.Elapsed.TotalSeconds > seconds)
                throw new TimeoutException($"Not within {seconds} s: {expression}. {string.Join(" | ", Problems)}");
        }
    }

    /// <summary>A PNG of what the window shows.</summary>
    public async Task<byte[]> Screenshot() => Convert.FromBase64String((string)(await Call("Page.captureScreenshot"))["data"]!);

    /// <summary>Keeps a screenshot for whoever wants to look: in the folder that CRANE_SCREENSHOTS names, else nowhere.</summary>
    public async Task Keep(string name)
    {
        if (Environment.GetEnvironmentVariable("CRANE_SCREENSHOTS") is { Length: > 0 } folder)
            await File.WriteAllBytesAsync(Path.Combine(Directory.CreateDirectory(folder).FullName, name + ".png"), await Screenshot());
    }

    public async ValueTask DisposeAsync()
    {
        socket.Dispose();
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
        // Chromium's own children may hold files for a moment.
        for (var attempt = 0; attempt < 20 && Directory.Exists(profile); attempt++)
            try { Directory.Delete(profile, recursive: true); }
            catch (IOException) { await Task.Delay(100); }
    }

    private static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => Names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    private async Task Connect()
    {
        var file = Path.Combine(profile, "DevToolsActivePort");
        for (var watch = Stopwatch.StartNew(); !File.Exists(file) || File.ReadAllLines(file).Length < 2; await Task.Delay(50))
            if (process.HasExited || watch.Elapsed > Patience)
                throw new TimeoutException("Chromium did not open its DevTools port.");
        using var http = new HttpClient();
        JsonNode? page = null;
        for (var watch = Stopwatch.StartNew(); page is null; await Task.Delay(50))
        {
            page = JsonNode.Parse(await http.GetStringAsync($"http://127.0.0.1:{File.ReadAllLines(file)[0]}/json/list"))!.AsArray()
                .FirstOrDefault(t => (string)t!["type"]! == "page");
            if (watch.Elapsed > Patience)
                throw new TimeoutException("Chromium opened no page.");
        }
        await socket.ConnectAsync(new Uri((string)page["webSocketDebuggerUrl"]!), default);
        _ = Task.Run(Listen);
        foreach (var domain in (string[])["Page", "Runtime", "Network", "Log"])
            await Call(domain + ".enable");
    }

    private async Task Listen()
    {
        var (buffer, message) = (new byte[1 << 16], new MemoryStream());
        try
        {
            while (true)
            {
                var part = await socket.ReceiveAsync(buffer, default);
                message.Write(buffer, 0, part.Count);
                if (!part.EndOfMessage)
                    continue;
                Received(JsonNode.Parse(message.ToArray())!);
                message.SetLength(0);
            }
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or OperationCanceledException or System.Text.Json.JsonException)
        {
            foreach (var call in waiting.Values)
                call.TrySetException(new IOException("The browser is gone.", e));
        }
    }

    private void Received(JsonNode message)
    {
        if ((int?)message["id"] is { } id && waiting.TryRemove(id, out var call))
        {
            if (message["error"] is { } error) call.TrySetException(new InvalidOperationException(error.ToJsonString()));
            else call.TrySetResult(message["result"]!);
            return;
        }
        var about = message["params"];
        switch ((string?)message["method"])
        {
            case "Runtime.exceptionThrown": Problems.Enqueue(about!["exceptionDetails"]!.ToJsonString()); break;
            case "Runtime.consoleAPICalled" when (string)about!["type"]! is "error" or "assert": Problems.Enqueue(about["args"]!.ToJsonString()); break;
            case "Log.entryAdded" when (string)about!["entry"]!["level"]! == "error": Problems.Enqueue(about["entry"]!["text"]!.ToString()); break;
            case "Network.requestWillBeSent": Requests.Enqueue((string)about!["request"]!["url"]!); break;
            case "Page.javascriptDialogOpening": _ = Call("Page.handleJavaScriptDialog", new JsonObject { ["accept"] = true }); break;
        }
    }
}
