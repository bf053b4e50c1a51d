using System.Text.Json.Nodes;
using Crane.Notebooks.Kernel;

namespace Crane.Core.Tests.Notebooks;

/// <summary>One kernel for all tests of the class: starting the compiler takes a second.</summary>
public sealed class KernelFixture : IDisposable
{
    internal KernelClient Client { get; } = new();

    public void Dispose() => Client.Dispose();
}

[Collection(nameof(Torch))]
public sealed class KernelTests(KernelFixture fixture) : IClassFixture<KernelFixture>
{
    private readonly KernelClient client = fixture.Client;

    [Fact]
    public void KernelInfo_SaysProtocolAndLanguage()
    {
        var reply = client.Ask("kernel_info_request").Reply;
        Assert.Equal("5.3", (string)reply["protocol_version"]!);
        Assert.Equal("C#", (string)reply["language_info"]!["name"]!);
        Assert.Equal(".cs", (string)reply["language_info"]!["file_extension"]!);
    }

    [Fact]
    public void Heartbeat_Echoes() => Assert.Equal("are you there", client.Beat("are you there"));

    [Fact]
    public void Execute_AllKindsOfOutput_ComeInOrderUnderTheRequest()
    {
        var answer = client.Execute("Console.Write(\"out\");\nConsole.Error.Write(\"err\");\nvar shown = display(HTML(\"<b>1</b>\"));\nshown.Update(HTML(\"<b>2</b>\"));\nclear_output(wait: true);\n6 * 7");
        Assert.Equal(["status", "execute_input", "stream", "stream", "display_data", "update_display_data", "clear_output", "execute_result", "status"],
            answer.Types);
        Assert.Equal(["stdout", "stderr"], answer.Published.Where(m => m.Type == "stream").Select(m => m.Text("name")));
        Assert.Equal((string)answer.Of("display_data")["transient"]!["display_id"]!, (string)answer.Of("update_display_data")["transient"]!["display_id"]!);
        Assert.Equal("<b>2</b>", (string)answer.Of("update_display_data")["data"]!["text/html"]!);
        Assert.True((bool)answer.Of("clear_output")["wait"]!);
        Assert.Equal("42", answer.Plain);
        Assert.Equal((int)answer.Of("execute_input")["execution_count"]!, (int)answer.Reply["execution_count"]!);
        Assert.Equal("ok", answer.Status);
    }

    [Fact]
    public void Execute_Plotly_IsJsonNotText()
    {
        var answer = client.Execute("#r \"nuget: XPlot.Plotly\"\nXPlot.Plotly.Chart.Plot(new XPlot.Plotly.Scatter { x = new[] { 1, 2 }, y = new[] { 2, 1 } })");
        Assert.Equal(1, (int)answer.Of("execute_result")["data"]!["application/vnd.plotly.v1+json"]!["data"]![0]!["y"]![1]!);
    }

    [Fact]
    public void Execute_ManySmallWrites_BecomeFewMessages()
    {
        var answer = client.Execute("for (var i = 0; i < 20000; i++) Console.Write('x');");
        Assert.Equal(20000, answer.Streams.Length);
        Assert.InRange(answer.Types.Count(t => t == "stream"), 1, 500);
    }

    [Fact]
    public void Execute_ManyUpdates_BecomeFewMessagesAndTheLastOneComes()
    {
        var answer = client.Execute("var bar = display(\"start\");\nfor (var i = 0; i <= 5000; i++) bar.Update($\"{i}\");");
        var updates = answer.Published.Where(m => m.Type == "update_display_data").ToArray();
        Assert.InRange(updates.Length, 2, 200);
        Assert.Equal("5000", (string)updates[^1].Content["data"]!["text/plain"]!);
    }

    [Fact]
    public void Execute_LiveChartInterrupted_LeavesTrainingUsableAndTheLastPointShown()
    {
        Assert.Equal("ok", client.Execute(Training).Status);
        var request = client.Send("execute_request", new JsonObject { ["code"] = "Train(int.MaxValue);" });
        while (client.Receive(Channel.IoPub).Type != "update_display_data")
        {
        }
        client.Ask("interrupt_request", channel: Channel.Control);
        var answer = client.Await(request);
        Assert.Equal("error", answer.Status);
        var chart = (string)answer.Published.Last(m => m.Type == "update_display_data").Content["data"]!["text/plain"]!;
        Assert.Equal("True", client.Execute($"losses.Count > 2 && \"{chart}\".EndsWith($\"{{losses.Count}} points, last {{losses[^1]:G4}}]\".Substring(losses.Count > 500 ? $\"{{losses.Count}} points, \".Length : 0))").Plain);
        // The interrupt came between two steps or inside one; either way the next cell trains on, and no tensor of a half step is left.
        Assert.Equal("True", client.Execute("var (before, live) = (losses[^1], TorchSharp.torch.Tensor.TotalCount);\nTrain(40);\n(losses[^1] < before || before < 1e-6f) && TorchSharp.torch.Tensor.TotalCount == live && TorchSharp.torch.is_grad_enabled()").Plain);
    }

    private const string Training = """
        #r "nuget: TorchSharp"
        using TorchSharp;
        using static TorchSharp.torch;
        var model = nn.Linear(4, 1);
        var optimizer = optim.SGD(model.parameters(), 0.01);
        var (x, losses) = (randn(64, 4), new List<float>());
        var y = x.sum(1, keepdim: true);
        var chart = live("Loss", logY: true);
        void Step()
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var loss = nn.functional.mse_loss(model.forward(x), y);
            loss.backward();
            optimizer.step();
            losses.Add(loss.item<float>());
        }
        void Train(int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                Step();
                chart.Add(losses.Count, ("loss", losses[^1]));
            }
        }
        Train(2);
        """;

    [Fact]
    public void JupyterLabsFirstQuestions_AreAnsweredOnBothChannels()
    {
        // Its server asks on shell and control at once, and waits for both replies and for "idle" of each.
        var (shell, control) = (client.Send("kernel_info_request"), client.Send("kernel_info_request", channel: Channel.Control));
        Assert.Equal("ok", client.Await(control, Channel.Control).Status);
        Assert.Equal("ok", client.Await(shell).Status);
        Assert.Equal("ok", client.Ask("comm_info_request", new JsonObject { ["target_name"] = "jupyter.widget" }).Status);
        Assert.Equal("ok", client.Ask("history_request", new JsonObject { ["hist_access_type"] = "range", ["session"] = 0, ["start"] = 1, ["stop"] = 3,
            ["raw"] = true, ["output"] = false }).Status);
        var silent = client.Execute("", new JsonObject { ["silent"] = true, ["store_history"] = false, ["allow_stdin"] = false, ["stop_on_error"] = false });
        Assert.Equal(("ok", "status", "status"), (silent.Status, silent.Types.First(), silent.Types.Last()));
        Assert.False((bool)client.Ask("kernel_info_request").Reply["debugger"]!);
    }

    [Fact]
    public void ControlChannel_WhileACellRuns_Answers()
    {
        var request = client.Send("execute_request", new JsonObject { ["code"] = "while (!Cell.Cancellation.IsCancellationRequested) { }" });
        Assert.Equal("ok", client.Ask("kernel_info_request", channel: Channel.Control).Status);
        Assert.Equal("alive", client.Beat("alive"));
        client.Ask("interrupt_request", channel: Channel.Control);
        Assert.Equal("ok", client.Await(request).Status);
    }

    [Fact]
    public void Execute_WhileRunning_StreamsArriveBeforeTheEnd()
    {
        var request = client.Send("execute_request", new JsonObject { ["code"] = "Console.Write(\"now\");\nawait Task.Delay(-1, Cell.Cancellation);" });
        Message message;
        do
            message = client.Receive(Channel.IoPub);
        while (message.Type != "stream");
        Assert.Equal("now", message.Text("text"));
        client.Ask("interrupt_request", channel: Channel.Control);
        Assert.Equal("error", client.Await(request).Status);
    }

    [Fact]
    public void Execute_Failure_ShowsTheLineAndTheCause()
    {
        var answer = client.Execute("var fine = 1;\nthrow new InvalidOperationException(\"outer\", new FormatException(\"the cause\"));");
        var trace = string.Join('\n', answer.Of("error")["traceback"]!.AsArray().Select(t => (string)t!));
        Assert.Contains("---->   2", trace);
        Assert.Contains("throw new InvalidOperationException", trace);
        Assert.Contains("caused by System.FormatException", trace);
        Assert.Equal(("error", "System.InvalidOperationException", "outer"), (answer.Status, (string)answer.Reply["ename"]!, (string)answer.Reply["evalue"]!));
        Assert.Equal("1", client.Execute("fine").Plain);
    }

    [Theory]
    [InlineData("int n = \"no\";", "(1,9)")]
    [InlineData("while (true) { int m = 1; m += nothing; }", "(1,32)")]
    public void Execute_CompilationError_HasTheColumnsOfTheCell(string code, string place) =>
        Assert.StartsWith(place, (string)client.Execute(code).Reply["evalue"]!);

    [Fact]
    public void Execute_SentBehindAFailure_IsAborted()
    {
        var first = client.Send("execute_request", new JsonObject { ["code"] = "throw new Exception();" });
        var second = client.Send("execute_request", new JsonObject { ["code"] = "Console.Write(\"never\");" });
        Assert.Equal("error", client.Await(first).Status);
        var aborted = client.Await(second);
        Assert.Equal("aborted", aborted.Status);
        Assert.Empty(aborted.Streams);
        Assert.Equal("again", client.Execute("Console.Write(\"again\");").Streams);
    }

    [Fact]
    public void Execute_SentOnTheReplyOfAFailure_Runs()
    {
        for (var i = 0; i < 20; i++)
        {
            // Without waiting for "idle": the quickest client there can be.
            client.Send("execute_request", new JsonObject { ["code"] = "int n = \"no\";" });
            Assert.Equal("error", client.Receive(Channel.Shell).Text("status"));
            Assert.Equal("ok", client.Execute("1").Status);
        }
    }

    [Fact]
    public void Execute_SentBehindAFailureThatShallNotStop_Runs()
    {
        var first = client.Send("execute_request", new JsonObject { ["code"] = "throw new Exception();", ["stop_on_error"] = false });
        var second = client.Send("execute_request", new JsonObject { ["code"] = "1" });
        client.Await(first);
        Assert.Equal("ok", client.Await(second).Status);
    }

    [Fact]
    public void Execute_Silent_HasNoNumberAndShowsNoResult()
    {
        var before = (int)client.Execute("1").Reply["execution_count"]!;
        var answer = client.Execute("Console.Write(1); 2", new JsonObject { ["silent"] = true });
        Assert.Equal(["status", "status"], answer.Types);
        Assert.Equal(before + 1, (int)client.Execute("1").Reply["execution_count"]!);
    }

    [Fact]
    public void Execute_UserExpressions_AreAnswered()
    {
        var answer = client.Execute("var asked = 5;",
            new JsonObject { ["user_expressions"] = new JsonObject { ["good"] = "asked + 1", ["bad"] = "1 / (asked - 5)" } });
        var expressions = answer.Reply["user_expressions"]!;
        Assert.Equal("6", (string)expressions["good"]!["data"]!["text/plain"]!);
        Assert.Equal("System.DivideByZeroException", (string)expressions["bad"]!["ename"]!);
    }

    [Fact]
    public void Interrupt_EndlessLoop_StopsAndKeepsTheState()
    {
        var request = client.Send("execute_request", new JsonObject { ["code"] = "var turns = 0L;\nConsole.Write(\"running\");\nwhile (true) { turns++; }" });
        while (client.Receive(Channel.IoPub).Type != "stream")
        {
        }
        Assert.Equal("ok", client.Ask("interrupt_request", channel: Channel.Control).Status);
        var answer = client.Await(request);
        Assert.Equal(("error", "The cell was interrupted. What it had assigned stays."), (answer.Status, (string)answer.Reply["evalue"]!));
        Assert.Equal("True", client.Execute("turns > 0").Plain);
    }

    [Fact]
    public void Interrupt_WithoutACell_IsHarmless()
    {
        Assert.Equal("ok", client.Ask("interrupt_request", channel: Channel.Control).Status);
        Assert.Equal("1", client.Execute("1").Plain);
    }

    [Fact]
    public void ReadLine_AsksTheClient()
    {
        var request = client.Send("execute_request", new JsonObject { ["code"] = "Console.Write(\"name? \");\nvar name = Console.ReadLine();\nname + \"!\"",
            ["allow_stdin"] = true });
        var question = client.Receive(Channel.Stdin);
        Assert.Equal("input_request", question.Type);
        client.Send("input_reply", new JsonObject { ["value"] = "Ada" }, Channel.Stdin, question with { Identities = [] });
        Assert.Equal("Ada!", client.Await(request).Plain);
    }

    [Fact]
    public void ReadLine_NobodyCanBeAsked_IsRefusedPolitely() =>
        Assert.Contains("nobody can be asked", (string)client.Execute("Console.ReadLine()", new JsonObject { ["allow_stdin"] = false }).Reply["evalue"]!);

    [Fact]
    public void History_TailAndSearch_FindCells()
    {
        client.Execute("var remembered = \"history one\";");
        client.Execute("\"history two\"");
        var tail = client.Ask("history_request", new JsonObject { ["hist_access_type"] = "tail", ["n"] = 1, ["output"] = true }).Reply["history"]!.AsArray();
        Assert.Equal(("\"history two\"", "history two"), ((string)tail[0]![2]![0]!, (string)tail[0]![2]![1]!));
        var search = client.Ask("history_request", new JsonObject { ["hist_access_type"] = "search", ["pattern"] = "*history o*" }).Reply["history"]!.AsArray();
        Assert.Equal("var remembered = \"history one\";", (string)search[^1]![2]!);
    }

    [Fact]
    public void Comms_AreClosedOrIgnored()
    {
        var opened = client.Await(client.Send("comm_open", new JsonObject { ["comm_id"] = "c1", ["target_name"] = "jupyter.widget" }), replies: false);
        Assert.Equal("c1", (string)opened.Of("comm_close")["comm_id"]!);
        Assert.Equal(["status", "status"], client.Await(client.Send("comm_msg", new JsonObject { ["comm_id"] = "c1" }), replies: false).Types);
        Assert.Empty(client.Ask("comm_info_request").Reply["comms"]!.AsObject());
    }

    [Fact]
    public void BadMessages_AreDroppedAndTheKernelGoesOn()
    {
        var frames = client.Wire.Pack(client.Wire.New("execute_request", new JsonObject { ["code"] = "Console.Write(\"forged\");" })).ToArray();
        frames[^1] = "{\"code\":\"Environment.Exit(1);\"}"u8.ToArray();
        client.SendFrames(frames);
        client.SendFrames([.. new WireFormat("another key").Pack(client.Wire.New("kernel_info_request", []))]);
        client.SendFrames(["nonsense"u8.ToArray()]);
        client.SendFrames([[]]);
        Assert.True(client.IsSilent(Channel.Shell));
        Assert.Equal("1", client.Execute("1").Plain);
    }

    [Fact]
    public void Duplicate_IsDropped()
    {
        var request = client.Wire.New("execute_request", new JsonObject { ["code"] = "Console.Write(\"once\");" });
        var frames = client.Wire.Pack(request);
        client.SendFrames(frames);
        Assert.Equal("ok", client.Await(request).Status);
        client.SendFrames(frames);
        Assert.True(client.IsSilent(Channel.Shell));
    }

    [Theory]
    [InlineData("some_request_of_the_future")]
    [InlineData("comm_close")]
    public void UnknownMessage_IsIgnoredCleanly(string type) => Assert.Equal(["status", "status"], client.Await(client.Send(type), replies: false).Types);
}
