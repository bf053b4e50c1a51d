using Crane.Core.Benchmark;
using Crane.Core.Display;
using Crane.Core.Editing;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Vision;

namespace Crane.Core.Tests.Display;

/// <summary>One of every display, with a text of the caller's in every place that takes text.</summary>
internal static class Samples
{
    public static readonly Picture Tiny = Colours(64, 48);

    public static IEnumerable<Figure> Figures(string text) =>
    [
        Figure.Lines(text, [new(text, [1, 0.5, double.NaN, 0.25]), new(text + "2", [10, 20, 40], [0.9, 0, 0.1])], text, text, logY: true),
        Figure.Bars(text, [text, "b"], [new(text, [0.5, 0.75], [0.4, 0.7], [0.6, 0.8]), new("other", [0.25, double.NaN])], text, text),
        Figure.Bars(text, [text, "b", "c"], [new(text, [-0.5, 0.75, 1])], text, text, horizontal: true),
        Figure.Scatter(text, [new(text, [1, 2, 3], [3, 1, 2], [text, text, "c"]), new("bare", [2.5], [1.5])], text, text),
        Figure.HeatMap(text, new double[,] { { 1, 2.5, double.NaN }, { -1, 0, 4 } }, [text, "b"], ["x", text, "z"], text, text),
        Figure.Histogram(text, [(text, [0, 1, 1, 2, double.NaN]), ("other", [5, 9])], text, bins: 9),
        Figure.Slope(text, [(text, 1, 0.02), ("CRANE", 0.98, 0.97)], text, text),
    ];

    /// <summary>Every kind of display by name; made when asked for.</summary>
    public static IReadOnlyDictionary<string, Func<string, IEnumerable<IReadOnlyDictionary<string, string>>>> Kinds { get; } =
        new Dictionary<string, Func<string, IEnumerable<IReadOnlyDictionary<string, string>>>>
        {
            ["Figure"] = text => Figures(text).Select(f => f.ToMimeBundle()),
            ["Picture"] = text => [Show.Picture(Tiny, text).ToMimeBundle()],
            ["Overlay"] = text => [Show.Overlay(Tiny, new float[,] { { 0, 1 }, { 0.5f, 0.2f } }, text).ToMimeBundle()],
            ["Grid"] = text => [Show.Grid([(Tiny, text), (Tiny, "b"), (Tiny, text)], columns: 2).ToMimeBundle()],
            ["Chain"] = text => [Show.Chain($"<think>{text} A {text}. No.</think>x<answer>{text}</answer>{text}", [(text, EntityRole.Seen)], ["No."])
                .ToMimeBundle()],
            ["Chains"] = text => [Show.Chains([Row(text)]).ToMimeBundle()],
            ["Table"] = text => [Show.Table([text, "n"], [[text, 1], [new[] { text }, 2]]).Titled(text).Highest("n").ToMimeBundle()],
            ["Sentence"] = text => [Show.Sentence($"*so* {text} and **{text}**").ToMimeBundle()],
            ["Progress"] = text => [Progress(text).ToMimeBundle()],
            ["Live"] = text => [Live(text).ToMimeBundle()],
            ["Edit"] = text => [Show.Edit(new Edit(text, new(text, Tiny), text, text) { Subject = text, Chain = text }).ToMimeBundle()],
            ["BenchmarkEdit"] = text => [Show.Edit(BenchmarkEdit(text)).ToMimeBundle()],
            ["Probe"] = text => [Show.Probe(Probe(text)).ToMimeBundle(), Show.Probe(Probe(text) with { Level = ProbeLevels.LocalityText }).ToMimeBundle()],
            ["Record"] = text => [Show.Record(Record(text)).ToMimeBundle(), Show.Record(Record(text), Probe(text)).ToMimeBundle()],
            ["Records"] = text => [Show.Records([Record(text), Record("plain")]).ToMimeBundle()],
        };

    public static BenchmarkEdit BenchmarkEdit(string text) => new()
    {
        Id = text, Modality = Modality.Visual, Kind = text, Subject = text, Attribute = text, Picture = new("no/" + text), Question = text, OldAnswer = text,
        Target = text,
        Aliases = [text, "b"], Injected = text, Statement = text, PartnerOf = text, Expected = text, Probes = [Probe(text)],
    };

    public static Probe Probe(string text) =>
        new(text, [text], ProbeLevels.Exact, Modality.Visual, new("no/" + text), text, [text, "last"], text, [text], text, "old " + text);

    public static ProbeRecord Record(string text) =>
        new(text, text, ProbeLevels.Exact, "visual", text, 2, "", [new(text, 0.5)], $"<think>old {text}. {text}.</think><answer>{text}</answer>",
        $"old {text}. {text}.", text, true, 0.25, null, 1, new() { ["generated/grounded-success"] = 1, [text] = 0, ["words"] = 0.5 });

    private static LiveChart Live(string text)
    {
        var chart = Show.Live(_ => { }, text, text, text);
        for (var step = 0; step < 5; step++) chart.Add(step, (text, step), ("b", 2 * step));
        return chart;
    }

    private static ProgressBar Progress(string text)
    {
        var bar = Show.Progress(_ => { });
        bar.Report(new(text, 1, 2, text));
        return bar;
    }

    private static ChainRow Row(string text) => new(text, Tiny, text + "<answer>" + text, [(text, true), ("b", false)])
    {
        Mentions = [(text, EntityRole.Injected)], Rejecting = [text], EndedByEos = false,
    };

    private static Picture Colours(int width, int height)
    {
        var rgb = new byte[3 * width * height];
        for (var i = 0; i < rgb.Length; i++) rgb[i] = (byte)(i * 7 % 251);
        return new Picture(width, height, rgb);
    }
}
