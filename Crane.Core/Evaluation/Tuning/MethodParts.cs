using Crane.Core.Benchmark;
using Crane.Core.Editing;
using Crane.Core.Evaluation.Runs;
using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Evaluation.Tuning;

/// <summary>What methods read besides an edit. All of it comes from the train split; nothing is computed before a method asks for it.</summary>
/// <remarks>Networks that are trained once (MEND, SERAC) are kept in files named after everything that they depend on, so a file is never one of other weights
/// or settings.
/// Disposing frees the second models.</remarks>
public sealed class MethodParts : IDisposable
{
    private const int CorpusSize = 240, ExampleCount = 360;

    private readonly Lazy<IReadOnlyList<Question>> corpus;
    private readonly Lazy<IReadOnlyList<Demonstration>> demonstrations;
    private readonly Lazy<IReadOnlyList<MetaExample>> examples;
    private readonly Lazy<QuestionVectors> vectors;
    private readonly string checkpoint, cache;
    private readonly List<IDisposable> owned = [];

    /// <summary>Parts for one model.</summary>
    /// <param name="model">The model, untouched.</param>
    /// <param name="checkpoint">Its folder; SERAC's second model is loaded from it.</param>
    /// <param name="cache">Folder of trained networks.</param>
    /// <param name="train">null: the shipped train split.</param>
    /// <param name="pictures">null: pictures of <c>data/world</c>.</param>
    public MethodParts(VisionLanguageModel model, string checkpoint, string cache, IReadOnlyList<BenchmarkEdit>? train = null,
        BenchmarkPictures? pictures = null)
    {
        (Model, this.checkpoint, this.cache) = (model, checkpoint, cache);
        pictures ??= new();
        var edits = new Lazy<IReadOnlyList<EditCase>>(() => Cases(train ?? BenchmarkFile.Shipped("train"), pictures));
        corpus = new(() => [.. Spread([.. edits.Value.SelectMany(c => c.Probes.Where(probe => probe.IsLocality))], CorpusSize)
            .Select(probe => probe.Question)]);
        demonstrations = new(() => [.. edits.Value.SelectMany(Demonstrate)]);
        examples = new(() => [.. edits.Value.Where(c => c.Probes.Any(IsRephrase) && c.Probes.Count(p => p.IsLocality) > 1).Select(Example)]);
        vectors = new(() => new(model, [.. corpus.Value.Take(60)]));
    }

    /// <summary>The model.</summary>
    public VisionLanguageModel Model { get; }

    /// <summary>Questions that no edit touches, in words and with pictures.</summary>
    public IReadOnlyList<Question> Corpus => corpus.Value;

    /// <summary>For IKE: new facts that are copied, that reach a rephrased question, and that leave another question alone.</summary>
    public IReadOnlyList<Demonstration> Demonstrations => demonstrations.Value;

    /// <summary>For MEND and SERAC.</summary>
    public IReadOnlyList<MetaExample> Examples => examples.Value;

    /// <summary>How alike the untouched model finds two questions; see <see cref="QuestionVectors"/>.</summary>
    public double Similarity(Question query, Question entry) => vectors.Value.Similarity(query, entry);

    /// <summary>MEND's network for some settings, trained now if no file has it.</summary>
    public MendNetwork Mend(MendConfig config, IProgress<ProgressUpdate>? progress = null)
    {
        var network = Owned(new MendNetwork(Model, config));
        var file = TrainedFile("mend", config, ".safetensors");
        if (File.Exists(file)) network.Load(file);
        else
        {
            network.Train(Examples, progress);
            network.Save(file);
        }
        return network;
    }

    /// <summary>SERAC with both its parts, trained now if no file has them.</summary>
    public Serac Serac(SeracConfig config, IProgress<ProgressUpdate>? progress = null)
    {
        var second = Owned(VisionLanguageModel.Load(checkpoint));
        var serac = new Serac(Model, second, config);
        var (scope, weights) = (TrainedFile("serac-scope", config with { Threshold = 0 }, ".safetensors"),
            TrainedFile("serac-model", config with { Threshold = 0 }, ".safetensors"));
        if (File.Exists(scope) && File.Exists(weights))
        {
            serac.Classifier.Load(scope);
            Restore(second, weights);
        }
        else
        {
            serac.Train(Examples, progress);
            SafeTensors.Write(weights, second.Model.named_parameters().Select(p => KeyValuePair.Create(p.name, (Tensor)p.parameter)));
            serac.Classifier.Save(scope);
        }
        return serac;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var part in owned) part.Dispose();
        owned.Clear();
    }

    private static IReadOnlyList<EditCase> Cases(IReadOnlyList<BenchmarkEdit> train, BenchmarkPictures pictures) =>
        BenchmarkCases.Of(Spread([.. train.Where(edit => edit.Expected != Strata.None)], ExampleCount), train, pictures, _ => "");

    /// <summary>So many items, evenly spread.</summary>
    private static IEnumerable<T> Spread<T>(IReadOnlyList<T> items, int count) =>
        items.Count <= count ? items : Enumerable.Range(0, count).Select(i => items[(int)((long)i * items.Count / count)]);

    private static IEnumerable<Demonstration> Demonstrate(EditCase c)
    {
        var (fact, target) = (c.Edit.Question.Text, c.Edit.Target);
        yield return new(fact, target, fact, target);
        if (c.Probes.FirstOrDefault(probe => IsRephrase(probe) && probe.Targets[0] == target) is { } rephrase)
            yield return new(fact, target, rephrase.Question.Text, target);
        if (c.Probes.FirstOrDefault(probe => probe.IsLocality && probe.Question.Picture is null) is { } other)
            yield return new(fact, target, other.Question.Text, other.Targets[0]);
    }

    private static MetaExample Example(EditCase c)
    {
        var rephrases = c.Probes.Where(probe => IsRephrase(probe) && probe.Targets[0] == c.Edit.Target).ToList();
        var others = c.Probes.Where(probe => probe.IsLocality).ToList();
        ProbeCase[] one = [.. others.Where(probe => probe.Question.Picture is null).Take(1),
            .. others.Where(probe => probe.Question.Picture is not null).Take(1)];
        return new(c.Edit, [.. rephrases.Take(1).Concat(rephrases.TakeLast(1)).Distinct().Select(probe => probe.Question)],
            [.. one.Select(probe => (probe.Question, probe.Targets[0]))]);
    }

    private static bool IsRephrase(ProbeCase probe) => probe.Level.StartsWith("rephrase", StringComparison.Ordinal);

    private static void Restore(VisionLanguageModel model, string file)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var saved = SafeTensors.ReadAll(file);
        foreach (var (name, parameter) in model.Model.named_parameters()) parameter.copy_(saved[name]);
    }

    private string TrainedFile(string kind, object config, string ending)
    {
        Directory.CreateDirectory(cache);
        var key = $"{System.Text.Json.JsonSerializer.Serialize(config, config.GetType())}\n{WeightHash.Of(Model.Model)}\n{Examples.Count}\n{string.Join(' ', Examples.Select(e => e.Edit.Id))}";
        return Path.Combine(cache,
            $"{kind}-{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(key)))[..12]}{ending}");
    }

    private T Owned<T>(T part) where T : IDisposable
    {
        owned.Add(part);
        return part;
    }
}
