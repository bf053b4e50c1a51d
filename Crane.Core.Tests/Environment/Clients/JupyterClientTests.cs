using System.Text.Json.Nodes;

namespace Crane.Core.Tests.Notebooks;

/// <summary>One session of <c>kernel_client.py</c>; its steps are judged by the tests below.</summary>
public sealed class JupyterClientSession
{
    private readonly Lazy<JsonNode> steps = new(() =>
    {
        using var python = new Python();
        var (code, text, error) = python.Run(Path.Combine(AppContext.BaseDirectory, "Environment", "Clients", "kernel_client.py"));
        Assert.True(code == 0 && text.Length > 0, $"kernel_client.py ended with {code}: {text[..Math.Min(2000, text.Length)]}\n{error}");
        return JsonNode.Parse(text.Split('\n').Last(l => l.StartsWith('{')))!;
    });

    public JsonNode this[string step]
    {
        get
        {
            Python.Need("jupyter_client");
            return steps.Value[step] ?? throw new InvalidDataException($"The session has no step '{step}'.");
        }
    }
}

/// <summary>The kernel as a process, driven by Debian's python3-jupyter-client.</summary>
[Collection(nameof(Torch))]
public sealed class JupyterClientTests(JupyterClientSession session) : IClassFixture<JupyterClientSession>
{
    [SkippableFact]
    public void Execute_ShowsStreamsAndResult()
    {
        var step = session["execute"];
        Assert.Equal(("ok", "outerr", "42"), ((string)step["status"]!, (string)step["text"]!, (string)step["result"]![0]!));
    }

    [SkippableFact]
    public void Execute_200MessagesInARow_AreAnsweredInOrder() =>
        Assert.Equal("{\"ordered\":true,\"ok\":true,\"results\":true}", session["many"].ToJsonString());

    [SkippableFact]
    public void Interrupt_StopsTheLoopAndKeepsTheState()
    {
        var step = session["interrupt"];
        Assert.Equal(("error", "The cell was interrupted. What it had assigned stays.", "True"),
            ((string)step["status"]!, (string)step["message"]!, (string)step["kept"]![0]!));
        Assert.InRange((double)step["seconds"]!, 0, 10);
    }

    [SkippableFact]
    public void Error_HasTheLineOfTheCell()
    {
        Assert.Equal("System.DivideByZeroException", (string)session["error"]["name"]!);
        Assert.Contains("---->   2", (string)session["error"]["trace"]!);
    }

    [SkippableFact]
    public void Input_ComesFromTheClient() => Assert.Equal("Hello, Ada", (string)session["input"][0]!);

    [SkippableFact]
    public void Editor_IsHelped()
    {
        Assert.Contains("WriteLine", session["complete"].AsArray().Select(m => (string)m!));
        Assert.Contains("int Math.Max(int val1, int val2)", (string)session["inspect"]!);
        Assert.Equal("incomplete", (string)session["is_complete"]!);
        Assert.Equal("\"Hello, \" + Console.ReadLine()", (string)session["history"]!);
    }

    [SkippableFact]
    public void LargeOutput_IsCutWithANote()
    {
        var step = session["large"];
        Assert.InRange((long)step["length"]!, 50L << 20, (50L << 20) + 200);
        Assert.EndsWith("[the rest is cut: a cell shows at most 50 million characters]\n", (string)step["end"]!);
        Assert.Equal("20", (string)step["alive"]![0]!);
    }

    [SkippableFact]
    public void Restart_ForgetsEverything()
    {
        var step = session["restart"];
        Assert.Equal(("error", 1), ((string)step["status"]!, (int)step["count"]!));
        Assert.Contains("'x' does not exist", (string)step["message"]!);
    }

    [SkippableTheory]
    [InlineData("kill", "")]
    [InlineData("exit", "byeThe cell ended the kernel's process. Everything that was in its memory is gone.\n")]
    [InlineData("crash", "down")]
    public void Death_IsNoticedByTheClientAndARestartHelps(string step, string said)
    {
        Assert.False((bool)session[step]["alive"]!["process"]!);
        Assert.False((bool)session[step]["alive"]!["heartbeat"]!);
        Assert.Equal(said, (string)session[step]["alive"]!["text"]!);
        Assert.Equal(("2", 1), ((string)session[step]["again"]!["result"]![0]!, (int)session[step]["again"]!["count"]!));
    }
}
