using Crane.Core.Benchmark;
using Crane.Core.Model;
using Crane.Core.Vision;

namespace Crane.Core.Memory.Learning;

/// <summary>How the files of data/memory are made.</summary>
public sealed record MemoryRecipeOptions
{
    /// <summary>Fixes nets, pictures and questions.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Allowed share of pictures to which nothing applies and something is brought.</summary>
    public double VisualRate { get; init; } = 0.05;

    /// <summary>The same of sentences.</summary>
    public double TextualRate { get; init; } = 0.02;

    /// <summary>Families of invented flags.</summary>
    public int Families { get; init; } = 2400;

    /// <summary>Designs in a family, and drawings of a design.</summary>
    public int Designs { get; init; } = 4;

    /// <summary>Drawings of a design.</summary>
    public int Drawings { get; init; } = 4;

    /// <summary>Of the picture net.</summary>
    public PictureNetOptions Net { get; init; } = new();

    /// <summary>One textual edit of so many lends its questions to scorer and gate.</summary>
    public int Every { get; init; } = 3;

    /// <summary>Facts beside the textual edits for which the model has no words.</summary>
    public int Untaught { get; init; } = 400;
}

/// <summary>Makes what a memory learns. The picture net learns from invented flags alone (<see cref="InventedFlags"/>) and meets no picture of the benchmark,
/// so the train and dev
/// edits show scorers and gates the cosines that every new thing will have, in libraries at least as large as those of the test edits. Scorer and gate never
/// share a thing.</summary>
/// <param name="model">The nano base; stays the caller's.</param>
/// <param name="folder">Where the files go. A finished net is kept in <c>folder/work</c>, so a run that was stopped goes on behind it.</param>
/// <param name="options">Null: the defaults.</param>
public sealed class MemoryRecipe(VisionLanguageModel model, string folder, MemoryRecipeOptions? options = null)
{
    private readonly MemoryRecipeOptions options = options ?? new();
    private readonly PictureQueries about = new(NanoWorld.Load(), (options ?? new()).Seed);
    private readonly BenchmarkPictures pictures = new();
    private readonly KnownReadings readings = new(model, keeps: true);   // the textual library is asked twice

    /// <summary>Makes and writes the files.</summary>
    /// <param name="progress">One report a step.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    /// <returns>All labelled queries but those beside facts without words: what scorers were fitted on (even places) and what gates were calibrated with (odd
    /// places) by order of groups.</returns>
    public async Task<IReadOnlyList<LabelledQuery>> MakeAsync(IProgress<ProgressUpdate>? progress = null, CancellationToken cancellationToken = default)
    {
        BenchmarkEdit[] edits = [.. BenchmarkFile.Shipped("train"), .. BenchmarkFile.Shipped("dev")];
        var queries = new List<LabelledQuery>();
        using var net = Net(progress, cancellationToken);
        foreach (var series in edits.Where(e => e.Picture is not null).GroupBy(e => e.Series))
            queries.AddRange(await SeeAsync(net, [.. series], progress, cancellationToken));
        var untaught = new UntaughtFacts(NanoWorld.Load(), "train", edits, options.Untaught, options.Seed);
        BenchmarkEdit[] told = [.. edits.Where(e => e.Picture is null)];
        queries.AddRange(await AskAsync(told, null, progress, cancellationToken));
        var mixed = await AskAsync(told, untaught, progress, cancellationToken);
        var textual = WithUnread(Learn(queries, Modality.Textual, options.TextualRate), mixed);
        new LearntMemory(net, Learn(queries, Modality.Visual, options.VisualRate), textual).Save(folder);
        return queries;
    }

    /// <summary>Scorer and gate of one library: every second thing for the one, the others for the other.</summary>
    private static LearntGate Learn(IEnumerable<LabelledQuery> queries, Modality modality, double rate)
    {
        // Of a drawing that shows another flag nobody can say what should be brought.
        var (fit, calibration) = Parted(queries.Where(q => q.Modality == modality && q.Kind != PictureQueries.Borrowed)
            .Select(q => q with { Example = GateExamples.Only(q.Example, unread: false) }));
        var scorer = LogisticScorer.Fit(fit);
        var gate = Gate.Calibrate(scorer.Score, calibration, rate);
        return new(scorer, null, gate.Threshold, gate.TwinMargin, rate,
            [.. calibration.Where(e => e.Right is null).Select(e => Math.Round(LibraryScore.Best(e, scorer.Score), 4)).Order()]);
    }

    /// <summary>A gate that also brings entries for which the model has no words. Their scorer is fitted to them alone, and its scores are moved so that one
    /// threshold serves both kinds: beside what the gate brings falsely already, it brings so many of them that all stays within the rate.</summary>
    /// <param name="gate">Of the other entries.</param>
    /// <param name="mixed">Queries to a library with both kinds.</param>
    /// <exception cref="InvalidOperationException">The gate alone uses up the rate.</exception>
    internal static LearntGate WithUnread(LearntGate gate, IEnumerable<LabelledQuery> mixed)
    {
        var (fit, calibration) = Parted(mixed);
        var unread = LogisticScorer.Fit([.. fit.Select(e => GateExamples.Only(e, unread: true))]);
        double Best(GateExample example, bool of, PairScorer scorer) => LibraryScore.Best(GateExamples.Only(example, of), scorer);
        var threshold = Conformal.Threshold(calibration.Where(e => e.Right is null).Select(e => Best(e, false, gate.Scorer.Score) > gate.Threshold
            ? double.PositiveInfinity : Best(e, true, unread.Score)), gate.FalseRetrievalRate);
        if (!double.IsFinite(threshold))
            throw new InvalidOperationException("Entries that the model has words for are brought falsely so often beside the others that nothing is left of "
                + $"the rate of {gate.FalseRetrievalRate}; allow more.");
        return gate with { Unread = unread with { Bias = unread.Bias + LogOdds(gate.Threshold) - LogOdds(threshold) } };
    }

    private static double LogOdds(double p) => Math.Log(p / (1 - p));

    /// <summary>Examples of every second thing, and those of the others.</summary>
    private static (GateExample[] Fit, GateExample[] Calibration) Parted(IEnumerable<LabelledQuery> queries)
    {
        var groups = queries.GroupBy(q => q.Group).Select((g, i) => (Fit: i % 2 == 0, Examples: Both(g.Select(q => q.Example)))).ToLookup(g => g.Fit);
        return ([.. groups[true].SelectMany(g => g.Examples)], [.. groups[false].SelectMany(g => g.Examples)]);
    }

    /// <summary>Each query as it is and, where an entry applies to it, once more without that entry.</summary>
    private static IEnumerable<GateExample> Both(IEnumerable<GateExample> examples) =>
        examples.SelectMany(e => e.Right is null ? (GateExample[])[e] : [e, GateExamples.WithoutRight(e)]);

    /// <summary>The net of an earlier run, or a new one that is kept.</summary>
    private PictureNet Net(IProgress<ProgressUpdate>? progress, CancellationToken cancellationToken)
    {
        var name = $"pictures-{options.Seed}-{options.Families}-{options.Designs}-{options.Drawings}-{options.Net.Steps}.safetensors";
        var path = Path.Combine(folder, "work", name);
        if (File.Exists(path)) return PictureNet.Load(path);
        var invented = PictureFamilies.Invent(options.Families, options.Designs, options.Drawings, options.Seed, progress, cancellationToken);
        var net = PictureNet.Train(invented, options.Net, options.Seed, progress, cancellationToken);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        net.Save(path);
        return net;
    }

    private async Task<IReadOnlyList<LabelledQuery>> SeeAsync(PictureNet net, IReadOnlyList<BenchmarkEdit> edits, IProgress<ProgressUpdate>? progress,
        CancellationToken cancellationToken)
    {
        progress?.Report(new("read pictures", 0, edits.Count, $"{edits.Count} visual edits"));
        var memory = new EditMemory(new EditLibrary(), net, QwenEncoders.Texts(model), GateExamples.Closed, new ChainReader(model).ReadAsync);
        await BenchmarkEntries.AddAsync(memory, edits, pictures, cancellationToken);
        return await GateExamples.VisualAsync(memory, edits, [.. edits.SelectMany((edit, i) => about.About(edit, i, clear: 2, degraded: 2))], pictures,
            cancellationToken);
    }

    private async Task<IReadOnlyList<LabelledQuery>> AskAsync(BenchmarkEdit[] edits, UntaughtFacts? untaught,
        IProgress<ProgressUpdate>? progress, CancellationToken cancellationToken)
    {
        progress?.Report(new("read questions", 0, edits.Length, $"{edits.Length} textual edits, {untaught?.Edits.Count ?? 0} facts without words"));
        using var none = new NoPictures();
        var memory = new EditMemory(new EditLibrary(), none, QwenEncoders.Texts(model), GateExamples.Closed, readings.ReadAsync);
        await BenchmarkEntries.AddAsync(memory, [.. edits, .. untaught?.Edits ?? []], pictures, cancellationToken);
        Probe[] probes = [.. edits.Where((_, i) => i % options.Every == 0).SelectMany((edit, i) => OneALevel(edit, Seeds.Random(options.Seed, i)))];
        return [.. await GateExamples.TextualAsync(memory, edits, probes, pictures, cancellationToken),
            .. await GateExamples.UntaughtAsync(memory, untaught?.Questions ?? [], pictures, cancellationToken)];
    }

    /// <summary>One question a level of an edit.</summary>
    private static IEnumerable<Probe> OneALevel(BenchmarkEdit edit, Random random) => MemoryMeasure.Questions(edit)
        .GroupBy(p => p.Level).Select(level => level.ElementAt(random.Next(level.Count())));

    /// <summary>Stands in for the picture encoder where the library has textual entries alone.</summary>
    private sealed class NoPictures : Encoder<Picture>
    {
        public override string Name => "none";

        protected override IReadOnlyList<float[]> Encode(IReadOnlyList<Picture> inputs) => [.. inputs.Select(_ => (float[])[1])];
    }
}
