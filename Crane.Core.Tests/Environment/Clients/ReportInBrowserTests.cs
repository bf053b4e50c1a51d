using System.Text.Json.Nodes;
using Crane.Notebooks.Files;
using Crane.Notebooks.Pages;
using Crane.Notebooks.Running;

namespace Crane.Core.Tests.Notebooks;

/// <summary>The report as a reader has it: one file, opened from disk in Chromium.</summary>
[Collection(nameof(Torch))]
public sealed class ReportInBrowserTests
{
    private const string Evil = "<img src=x onerror=\\\"window.hacked = 1\\\"><script>window.hacked = 1</script>";

    [SkippableFact]
    public async Task Report_InChromium_DoesWhatAReaderExpects()
    {
        Browser.Need();
        using var notebook = new TestNotebook()
            .Markdown("# Title & more\n\nText with $x^2$ and [a link](#part).\n\n"
                + string.Concat(Enumerable.Repeat("A paragraph that fills the page.\n\n", 30)) + "## Part\n\n"
                + string.Concat(Enumerable.Repeat("More.\n\n", 30)))
            .Code("#r \"nuget: Crane.Core\"\n#r \"nuget: Plotly.NET.CSharp\"\n#r \"nuget: XPlot.Plotly\"\n#r \"nuget: Deedle\"\nusing Crane.Core.Display;\nusing Crane.Core.Vision;\nusing Deedle;")
            .Code("Figure.Lines(\"Loss\", [new Crane.Core.Display.Series(\"loss\", [3.0, 2, 1])])")
            .Code("XPlot.Plotly.Chart.Plot(new XPlot.Plotly.Bar { x = new[] { \"a\", \"b\" }, y = new[] { 2, 1 } })")
            .Code("Plotly.NET.CSharp.Chart.Line<int, double, string>(x: new[] { 1, 2 }, y: new[] { 2.0, 3.5 })")
            .Code("Frame.FromRecords(new[] { new { Name = \"b\", Value = 10 }, new { Name = \"a\", Value = 9 }, new { Name = \"c\", Value = 100 } })")
            .Code("Show.Picture(new Picture(8, 6, new byte[144]), \"a picture\")")
            .Code($"Console.WriteLine(\"{Evil}\");\nShow.Chain(\"<think>{Evil}</think><answer>x</answer>\")")
            .Code($"new InvalidOperationException(\"{Evil}\")");
        Assert.Equal(0, await notebook.RunCommand(html: true));
        await using var browser = await Browser.Start();
        await browser.Open("file://" + Path.Combine(notebook.OutFolder, "report.html"));

        // Charts come alive, from what the page itself carries; nothing is asked for, nothing is wrong, nothing hostile ran.
        await browser.Until("document.querySelectorAll('.figure .js-plotly-plot').length === 3");
        await browser.Keep("report-top");
        Assert.All(browser.Requests, address => Assert.Matches("^(file:///.*/report\\.html|data:|blob:|about:)", address));
        Assert.Null(await browser.Evaluate("window.hacked"));

        // Table of contents.
        Assert.Equal("#test--part",
            (string)(await browser.Evaluate("[...document.querySelectorAll('nav a')].find(a => a.textContent === 'Part').getAttribute('href')"))!);
        await browser.Evaluate("document.documentElement.style.scrollBehavior = 'auto'; [...document.querySelectorAll('nav a')].find(a => a.textContent === 'Part').click()");
        await browser.Until("Math.abs(document.getElementById('test--part').getBoundingClientRect().top) < 60");
        await browser.Until("document.querySelector('nav a.here')?.textContent === 'Part'");

        // Code folds, all at once and one by one.
        await browser.Evaluate("document.getElementById('fold').click()");
        Assert.Equal(0, (int)(await browser.Evaluate("document.querySelectorAll('.cell.code details[open]').length"))!);
        Assert.True((bool)(await browser.Evaluate("!document.querySelector('.cell.code pre.source').checkVisibility()"))!);
        await browser.Evaluate("document.querySelector('.cell.code summary').click()");
        Assert.Equal(1, (int)(await browser.Evaluate("document.querySelectorAll('.cell.code details[open]').length"))!);
        await browser.Evaluate("document.getElementById('fold').click()");

        // Figures and pictures enlarge, and go away again.
        await browser.Evaluate("document.querySelector('.enlarge').click()");
        await browser.Until("document.querySelector('dialog[open] .js-plotly-plot .main-svg')?.getBoundingClientRect().width > 1000");
        await browser.Keep("report-zoom");
        await browser.Evaluate("document.getElementById('zoom').close()");
        await browser.Evaluate("[...document.querySelectorAll('.output img')].find(i => i.alt.includes('a picture')).click()");
        await browser.Until("document.querySelector('dialog[open] img')?.getBoundingClientRect().width >= 600");
        await browser.Evaluate("document.querySelector('dialog img').click()");
        await browser.Until("!document.querySelector('dialog[open]')");

        // A frame sorts by number, not by letter.
        Assert.Equal("b a c", await Column(browser));
        await browser.Evaluate("[...document.querySelectorAll('th')].find(h => h.textContent === 'Value').click()");
        Assert.Equal("a b c", await Column(browser));
        await browser.Evaluate("[...document.querySelectorAll('th')].find(h => h.textContent === 'Value').click()");
        Assert.Equal("c b a", await Column(browser));

        // Two themes.
        var paper = (string)(await browser.Evaluate("getComputedStyle(document.body).backgroundColor"))!;
        await browser.Evaluate("document.getElementById('theme').click()");
        await browser.Keep("report-other-theme");
        Assert.NotEqual(paper, (string)(await browser.Evaluate("getComputedStyle(document.body).backgroundColor"))!);
        Assert.Empty(browser.Problems);
    }

    [SkippableFact]
    public async Task Cells_WithIntervals_SortByTheirMeanAndDetailsOpen()
    {
        Browser.Need();
        using var notebook = new TestNotebook()
            .Code("#r \"Crane.Core.dll\"\nusing Crane.Core.Display;\ndisplay(Show.Table([\"method\", \"Value\"], [[\"a\", \"95.0 [93.0, 97.0] ★\"], " +
            "[\"b\", \"100.0 [99.0, 100.0]\"], [\"c\", \"9.5 [9.0, 10.0]\"]]));\nShow.Details(\"failures\", Show.Chain(\"<think>hidden</think><answer>x</answer>\"))");
        notebook.Code("Show.Table([\"method\", \"forced tokens\", \"valid form\", \"exact\", \"no old belief\", \"weak\", \"strong\", \"rephrased\", \"other picture\"],"
            + " [[\"FT, last layer, chain\", .. Enumerable.Repeat<object>(\"100.0 [96.3, 100.0]\", 8)]])");
        Assert.Equal(0, await notebook.RunCommand(html: true));
        await using var browser = await Browser.Start();
        await browser.Open("file://" + Path.Combine(notebook.OutFolder, "report.html"));
        await browser.Evaluate("[...document.querySelectorAll('th')].find(h => h.textContent === 'Value').click()");
        Assert.Equal("c a b", (string)(await browser.Evaluate("[...[...document.querySelectorAll('th')].find(h => h.textContent === 'Value').closest('table').tBodies[0].rows].map(r => r.cells[0].textContent).join(' ')"))!);
        const string Hidden = "document.querySelector('details .chain').checkVisibility()";
        Assert.False((bool)(await browser.Evaluate(Hidden))!);
        await browser.Evaluate("[...document.querySelectorAll('summary')].find(s => s.textContent === 'failures').click()");
        Assert.True((bool)(await browser.Evaluate(Hidden))!);
        // A table of eight intervals is no wider than an A4 page, on which nothing scrolls.
        await browser.Call("Emulation.setEmulatedMedia", new JsonObject { ["media"] = "print" });
        await browser.Call("Emulation.setDeviceMetricsOverride", new JsonObject { ["width"] = 718, ["height"] = 1000, ["deviceScaleFactor"] = 1, ["mobile"] =
            false });
        await browser.Keep("report-print-table");
        Assert.Equal("[]", (string)(await browser.Evaluate("JSON.stringify([...document.querySelectorAll('main table')].map(t => t.getBoundingClientRect().right).filter(r => r > 718))"))!);
        Assert.All(browser.Requests, address => Assert.Matches("^(file:///.*/report\\.html|data:|blob:|about:)", address));
        Assert.Empty(browser.Problems);
    }

    [SkippableFact]
    public async Task Report_Printed_HasAllPagesAndNoControls()
    {
        Browser.Need();
        await using var browser = await Browser.Start();
        await browser.Open("file://" + CommittedChapter());
        await browser.Until("[...document.querySelectorAll('.figure')].every(f => f.dataset.live)");
        await browser.Call("Emulation.setEmulatedMedia", new JsonObject { ["media"] = "print" });
        Assert.Equal("none", (string)(await browser.Evaluate("getComputedStyle(document.querySelector('nav')).display"))!);
        // On A4 nothing is wider than the paper, nothing that scrolls hides lines, and whoever reads by night prints on white.
        await browser.Call("Emulation.setDeviceMetricsOverride", new JsonObject { ["width"] = 718, ["height"] = 1000, ["deviceScaleFactor"] = 1, ["mobile"] =
            false });
        Assert.Equal(0, (int)(await browser.Evaluate("[...document.querySelectorAll('main pre')].filter(p => p.scrollHeight > p.clientHeight + 2 || p.scrollWidth > p.clientWidth + 2).length"))!);
        await browser.Evaluate("document.documentElement.dataset.theme = 'dark'");
        Assert.Equal("rgb(255, 255, 255)", (string)(await browser.Evaluate("getComputedStyle(document.body).backgroundColor"))!);
        await browser.Keep("report-print");
        var pdf = Convert.FromBase64String((string)(await browser.Call("Page.printToPDF", new JsonObject { ["printBackground"] = true }))["data"]!);
        Assert.Equal("%PDF", System.Text.Encoding.ASCII.GetString(pdf, 0, 4));
        Assert.InRange(pdf.Length, 50_000, 20_000_000);
        if (Environment.GetEnvironmentVariable("CRANE_SCREENSHOTS") is { Length: > 0 } folder)
            File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(folder).FullName, "report.pdf"), pdf);
        Assert.Empty(browser.Problems);
    }

    [SkippableFact]
    public async Task Report_WithoutScripts_ShowsPicturesOfFigures()
    {
        Browser.Need();
        await using var browser = await Browser.Start();
        await browser.Call("Emulation.setScriptExecutionDisabled", new JsonObject { ["value"] = true });
        await browser.Open("file://" + CommittedChapter());
        Assert.True((bool)(await browser.Evaluate("[...document.querySelectorAll('.figure .plot')].length > 0 && [...document.querySelectorAll('.figure .plot')].every(p => p.querySelector('img')?.naturalWidth > 500)"))!);
        Assert.All(browser.Requests, address => Assert.Matches("^(file:///.*\\.html|data:|about:)", address));
    }

    /// <summary>The page of chapter 00 with its committed outputs.</summary>
    private static string CommittedChapter()
    {
        var chapter = Notebook.Load(Path.Combine(Path.GetDirectoryName(DataFolder.Path)!, "notebooks", "00-hello-edit.ipynb"));
        var path = Path.Combine(Directory.CreateTempSubdirectory("crane-page-").FullName, "00.html");
        File.WriteAllText(path, Page.Of(new ChapterResult(chapter, null, TimeSpan.FromSeconds(1)), Provenance.Now(chapter.Folder, "quick")));
        return path;
    }

    private static async Task<string> Column(Browser browser) =>
        (string)(await browser.Evaluate("[...[...document.querySelectorAll('th')].find(h => h.textContent === 'Value').closest('table').tBodies[0].rows].map(r => r.cells[1].textContent).join(' ')"))!;
}
