using Crane.Core.Benchmark;

namespace Crane.Core.Evaluation.Runs;

/// <summary>A benchmark file ready to be run: edits, measured strata, pictures, retrieval columns.</summary>
public sealed class BenchmarkSet
{
    private readonly Func<BenchmarkEdit, string> stratum;

    /// <summary>Prepares edits.</summary>
    /// <param name="all">All edits of a file.</param>
    /// <param name="chosen">Those that are run; null: all.</param>
    /// <param name="stratum">The stratum of an edit.</param>
    /// <param name="pictures">null: those of data/world.</param>
    public BenchmarkSet(IReadOnlyList<BenchmarkEdit> all, IReadOnlyList<BenchmarkEdit>? chosen, Func<BenchmarkEdit, string> stratum,
        BenchmarkPictures? pictures = null)
    {
        (All, Edits, this.stratum, Pictures) = (all, chosen ?? all, stratum, pictures ?? new());
        Columns = new(all);
    }

    /// <summary>All edits of the file: partners and wrong neighbours come from them.</summary>
    public IReadOnlyList<BenchmarkEdit> All { get; }

    /// <summary>The edits that are run.</summary>
    public IReadOnlyList<BenchmarkEdit> Edits { get; }

    /// <summary>Loads their pictures.</summary>
    public BenchmarkPictures Pictures { get; }

    /// <summary>What stands in the prompt of each retrieval column.</summary>
    public RetrievalColumns Columns { get; }

    /// <summary>One of the shipped files with the strata measured on the shipped base.</summary>
    /// <param name="split">train, dev or test.</param>
    /// <param name="quick">Only the quick subset of test.</param>
    public static BenchmarkSet Shipped(string split = "test", bool quick = false)
    {
        var all = BenchmarkFile.Shipped(split);
        return new(all, quick ? [.. all.Where(edit => edit.Quick)] : null, StrataFile.Shipped().Of);
    }

    /// <summary>The same in the order of <see cref="EditSample"/>, cut after so many edits.</summary>
    /// <param name="edits">How many; null: all.</param>
    /// <param name="seed">Of the draw.</param>
    public BenchmarkSet Sample(int? edits, int seed = 1) => new(All, [.. EditSample.Order(Edits, stratum, seed).Take(edits ?? Edits.Count)], stratum, Pictures);

    /// <summary>The same with some of the edits.</summary>
    public BenchmarkSet Where(Func<BenchmarkEdit, bool> wanted) => new(All, [.. Edits.Where(wanted)], stratum, Pictures);

    /// <summary>The same with the first edits alone.</summary>
    public BenchmarkSet First(int edits) => new(All, [.. Edits.Take(edits)], stratum, Pictures);

    /// <summary>The cases of a protocol.</summary>
    /// <param name="editsInForce">1: every probe. Of more: a probe whose right answer another edit of its group would change is left out, since the file has no
    /// answer for it.</param>
    public IReadOnlyList<EditCase> Cases(int editsInForce = 1)
    {
        var cases = BenchmarkCases.Of(Edits, All, Pictures, stratum);
        if (editsInForce == 1) return cases;
        var (reach, byId) = (new EditReach(All), All.ToDictionary(edit => edit.Id));
        var probes = Edits.SelectMany(edit => edit.Probes).ToDictionary(probe => probe.Id);
        EditCase Kept(EditCase edit, EditCase[] group) =>
            edit with { Probes = [.. edit.Probes.Where(probe =>
                !group.Any(other => other.Edit.Id != edit.Edit.Id && reach.Reaches(byId[other.Edit.Id], probes[probe.Id])))] };
        return [.. new RunConfig { EditsInForce = editsInForce }.Groups(cases).SelectMany(group => group.Select(edit => Kept(edit, group)))];
    }

    /// <summary>The cases of a protocol.</summary>
    public IReadOnlyList<EditCase> Cases(RunConfig config) => Cases(config.EditsInForce);
}
