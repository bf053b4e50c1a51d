using Crane.Core.Benchmark;

namespace Crane.Core.Memory.Learning;

/// <summary>A picture that the visual library is asked with.</summary>
/// <param name="Picture">The picture.</param>
/// <param name="Kind">For tables: what it shows and in which state, for example <c>known flag, degraded</c>.</param>
/// <param name="Question">The question that comes with it.</param>
public sealed record PictureQuery(PictureRef Picture, string Kind, string Question);

/// <summary>Pictures that a visual edit should be found by, and such that it should not: other drawings, degraded ones, the nearest neighbours.</summary>
/// <param name="world">Where pictures come from.</param>
/// <param name="seed">Fixes every choice.</param>
public sealed class PictureQueries(NanoWorld world, int seed)
{
    /// <summary>Kind of the queries about the nearest other things, to which the edit does not apply.</summary>
    public const string Neighbour = "neighbour";

    /// <summary>Kind of the queries in which the picture asked with, or the edit's own, is a territory's that flies another flag there (<see
    /// cref="BorrowedDrawings"/>).</summary>
    public const string Borrowed = "another flag flown";

    private const string Flag = "flag";
    private const double Noise = 0.3, Blur = 2.5, Occlude = 0.1;

    private readonly BorrowedDrawings borrowed = new(world.World);

    /// <summary>All pictures of a thing (<see cref="BenchmarkEntries.Thing"/>).</summary>
    public PictureRef[] Of(string thing) => thing.Split(' ') is [Flag, var id]
        ? [.. World.FlagStyles.Where(style => world.World.FlagFile(id, style) is not null).Select(style => new PictureRef($"flags/{style}/{id}.png"))]
        : [.. world.Landmarks.Single(l => $"landmark {l.Id}" == thing).Images.Select(image => new PictureRef(image.File))];

    /// <summary>Queries about a visual edit, with questions of its own probes.</summary>
    /// <param name="edit">The edit. If its picture is degraded beyond recognition, its own rephrased pictures are all that can find it.</param>
    /// <param name="index">Of the edit, for the seed.</param>
    /// <param name="clear">Most other drawings or photographs.</param>
    /// <param name="degraded">Kinds of degradation, 0 to 3.</param>
    public IEnumerable<PictureQuery> About(BenchmarkEdit edit, int index, int clear = 4, int degraded = 3)
    {
        var random = Seeds.Random(seed, index);
        string[] questions = [.. edit.Probes.Where(p => p.Picture is not null).Select(p => p.Question)];
        string Question() => questions[random.Next(questions.Length)];
        if (edit.Picture!.Degradation is not null)
        {
            foreach (var shown in edit.Probes.Where(p => p.Level == ProbeLevels.RephraseImage).Select(p => p.Picture!))
                yield return new(shown, $"hidden by {shown.Degradation}", Question());
            yield break;
        }
        var kind = edit.Kind != Flag ? edit.Kind : edit.Expected is null ? "known flag" : "unknown flag";
        var others = Of(BenchmarkEntries.Thing(edit.Picture)).Where(p => p.File != edit.Picture.File).ToArray();
        random.Shuffle(others);
        string Kind(PictureRef picture, string state) => borrowed.Contains(edit.Picture) || borrowed.Contains(picture) ? Borrowed : $"{kind}, {state}";
        foreach (var picture in others.Take(clear)) yield return new(picture, Kind(picture, "clear"), Question());
        foreach (var how in Enumerable.Range(0, 3).OrderBy(_ => random.Next()).Take(degraded).ToList())
        {
            var picture = Worse(others.Length > 0 ? others[random.Next(others.Length)] : edit.Picture, how, random);
            yield return new(picture, Kind(picture, "degraded"), Question());
        }
        foreach (var shown in edit.Probes.Where(p => p.Level == ProbeLevels.LocalityImageHard).Select(p => p.Picture!))
            yield return new(shown, Neighbour, Question());
    }

    private static PictureRef Worse(PictureRef picture, int how, Random random) => how switch
    {
        0 => picture with { Degradation = PictureRef.Noise, Strength = Noise, Seed = random.Next() },
        1 => picture with { Degradation = PictureRef.Blur, Strength = Blur },
        _ => picture with { Degradation = PictureRef.Occlude, Strength = Occlude, Seed = random.Next() },
    };
}
