using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Crane.Core.Vision;

namespace Crane.Core.Tests.Notebooks;

/// <summary>Debian's Jupyter Notebook 6.4 in headless Chromium, with this kernel behind it.</summary>
[Collection(nameof(Torch))]
public sealed class JupyterNotebookTests : IAsyncLifetime
{
    private Python? python;
    private Process? server;
    private Browser? browser;
    private string address = "";

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (browser is not null)
            await browser.DisposeAsync();
        if (server is { HasExited: false })
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync();
        }
        python?.Dispose();
    }

    [SkippableFact]
    public async Task Chapter00_AllCells_RunAndShowTheirPlots()
    {
        var page = await Open(Chapter("00-hello-edit"), "chapter.ipynb");
        await Run(page, "Jupyter.notebook.execute_all_cells()");
        await page.Until("Jupyter.notebook.get_cells().filter(c => c.cell_type === 'code').every(c => c.input_prompt_number > 0)", seconds: 900);
        await page.Until("!Jupyter.notebook.kernel_busy");
        Assert.Equal(0, (int)(await page.Evaluate("document.querySelectorAll('.output_error').length"))!);
        // Two figures, drawn by the plotly.js that lies beside the kernel.
        await page.Until("document.querySelectorAll('.output_plotly .js-plotly-plot .main-svg').length >= 4");
        Assert.True((bool)(await page.Evaluate("[...document.querySelectorAll('.output_plotly')].every(p => p.getBoundingClientRect().height > 300)"))!);
        Assert.Equal("100 %", (string)(await page.Evaluate("document.querySelector('.bar.done') ? '100 %' : 'no finished bar'"))!);
        await page.Evaluate("[...document.querySelectorAll('.output_plotly')].at(-1).scrollIntoView({ block: 'center' })");
        await Task.Delay(500);
        await page.Keep("notebook-chapter");
        var picture = PictureFile.Decode(await page.Screenshot(), "screenshot");
        // The lines of the slope chart, in the first colours of the palette.
        Assert.True(Has(picture, 0x00, 0x72, 0xB2) && Has(picture, 0xE6, 0x9F, 0x00), "the chart's colours are not on the screen");
        Assert.All(page.Requests, a => Assert.Matches($"^({address}|ws://127\\.0\\.0\\.1|data:|blob:|about:)", a));
        // Saved and opened again, the charts come back without the kernel having run.
        await page.Evaluate("Jupyter.notebook.save_notebook()");
        await page.Until("!Jupyter.notebook.dirty");
        Assert.Equal(".net-csharp",
            (string)JsonNode.Parse(File.ReadAllText(Path.Combine(python!.Folder, "chapter.ipynb")))!["metadata"]!["kernelspec"]!["name"]!);
    }

    [SkippableFact]
    public async Task InterruptRestartAndDeath_AreSeenOnThePage()
    {
        using var notebook = new TestNotebook()
            .Code("var turns = 0L;\nConsole.WriteLine(\"running\");\nwhile (true) turns++;").Code("turns > 0").Code("Console.Write(\"alive\");")
                .Code("Environment.Exit(3);")
            .Code("var shown = live(\"Reward\");\nfor (var i = 0; i < 30; i++)\n{\n    shown.Add(i, (\"answer\", i));\n    await Task.Delay(40);\n}");
        var page = await Open(notebook.Load().Path, "steps.ipynb");

        await Run(page, "Jupyter.notebook.execute_cells([0])");
        await page.Until("document.querySelector('.output_stdout')?.textContent.includes('running')");
        await page.Evaluate("document.querySelector('button[data-jupyter-action=\"jupyter-notebook:interrupt-kernel\"]').click()");
        await page.Until("document.querySelector('.output_error')?.textContent.includes('was interrupted. What it had assigned stays.')");
        await page.Keep("notebook-interrupted");
        await Run(page, "Jupyter.notebook.execute_cells([1])");
        await page.Until("Jupyter.notebook.get_cell(1).output_area.element.text().includes('True')");

        // A live chart is one output, redrawn.
        await Run(page, "Jupyter.notebook.execute_cells([4])");
        await page.Until("Jupyter.notebook.get_cell(4).element.find('.js-plotly-plot .main-svg').length > 0");
        await page.Until("Jupyter.notebook.get_cell(4).input_prompt_number > 0 && JSON.stringify(Jupyter.notebook.get_cell(4).output_area.toJSON()).includes('30 points, last 29')");
        Assert.Equal(1, (int)(await page.Evaluate("Jupyter.notebook.get_cell(4).output_area.outputs.length"))!);
        await page.Keep("notebook-live");

        await page.Evaluate("Jupyter.notebook.kernel.restart()");
        await Idle(page);
        await Run(page, "Jupyter.notebook.execute_cells([1])");
        await page.Until("Jupyter.notebook.get_cell(1).output_area.element.text().includes(\"'turns' does not exist\")");

        // The server notices that the process is gone, says so, and starts another.
        await Run(page, "Jupyter.notebook.execute_cells([3])");
        await page.Until("[...document.querySelectorAll('.modal')].some(m => m.textContent.includes('died'))");
        await page.Keep("notebook-died");
        Assert.Contains("The cell ended the kernel's process", (string)(await page.Evaluate("Jupyter.notebook.get_cell(3).output_area.element.text()"))!);
        await page.Evaluate("document.querySelector('.modal.in .btn-primary')?.click()");
        // The page counts the dead kernel as busy until the new one has answered something.
        await page.Until("Jupyter.notebook.kernel.is_connected()");
        await Run(page, "Jupyter.notebook.execute_cells([2])");
        await page.Until("Jupyter.notebook.get_cell(2).output_area.element.text().includes('alive')");
    }

    private static string Chapter(string name) => Path.Combine(Path.GetDirectoryName(DataFolder.Path)!, "notebooks", name + ".ipynb");

    /// <summary>Starts a server and opens a copy of a notebook, its outputs taken away.</summary>
    private async Task<Browser> Open(string path, string name)
    {
        Browser.Need();
        Python.Need("notebook");
        python = new Python();
        var notebook = JsonNode.Parse(File.ReadAllText(path))!;
        foreach (var cell in notebook["cells"]!.AsArray().Where(c => (string)c!["cell_type"]! == "code"))
            (cell!["outputs"], cell["execution_count"]) = (new JsonArray(), null);
        File.WriteAllText(Path.Combine(python.Folder, name), notebook.ToJsonString());
        await Serve();
        browser = await Browser.Start(height: 1400);
        await browser.Open($"{address}/notebooks/{name}?token=secret");
        await browser.Until("window.Jupyter && Jupyter.notebook && Jupyter.notebook._fully_loaded");
        await Idle(browser);
        return browser;
    }

    private async Task Serve()
    {
        var port = FreePort();
        address = $"http://127.0.0.1:{port}";
        server = python!.Start("-m", "notebook", "--no-browser", "--allow-root", "--ip=127.0.0.1", $"--port={port}", "--port-retries=0",
            "--NotebookApp.token=secret", $"--notebook-dir={python.Folder}");
        var log = new StringBuilder();
        DataReceivedEventHandler take = (_, e) => { lock (log) log.AppendLine(e.Data); };
        server.OutputDataReceived += take;
        server.ErrorDataReceived += take;
        server.BeginOutputReadLine();
        server.BeginErrorReadLine();
        using var http = new HttpClient();
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(200))
            try
            {
                await http.GetStringAsync($"{address}/api/status?token=secret");
                return;
            }
            catch (HttpRequestException) when (!server.HasExited && watch.Elapsed.TotalSeconds < 180)
            {
            }
            catch (HttpRequestException e)
            {
                lock (log)
                    throw new InvalidOperationException($"Jupyter Notebook did not start: {log}", e);
            }
    }

    private static Task Idle(Browser page) => page.Until("Jupyter.notebook.kernel && Jupyter.notebook.kernel.is_connected() && Jupyter.notebook.kernel.info_reply.protocol_version && !Jupyter.notebook.kernel_busy");

    private static Task<JsonNode?> Run(Browser page, string call) => page.Evaluate($"void {call}");

    private static bool Has(Picture picture, byte r, byte g, byte b)
    {
        var count = 0;
        for (var i = 0; i < picture.Rgb.Length; i += 3)
            if (Math.Abs(picture.Rgb[i] - r) + Math.Abs(picture.Rgb[i + 1] - g) + Math.Abs(picture.Rgb[i + 2] - b) < 30)
                count++;
        return count > 20;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
