using Crane.Core.Vision;

namespace Crane.Core.Benchmark;

/// <summary>Which flags and landmarks look most alike: by pixels, and by embeddings where a function for them is given.</summary>
internal sealed class Nearness
{
    private readonly Dictionary<string, (byte[] Pixels, float[]? Embedding)> looks = [];

    public Nearness(NanoWorld world, Func<Picture, float[]>? embed)
    {
        foreach (var country in world.World.Countries)
            if (world.Pictures.Flags(country.Id) is [var flag, ..]) Add("flag/" + country.Id, flag);
        foreach (var landmark in world.Landmarks) Add("landmark/" + landmark.Id, world.Pictures.Photographs(landmark)[0]);
        void Add(string id, Picture picture) => looks[id] = (WorldPictures.Small(picture).Rgb, embed?.Invoke(picture));
    }

    /// <summary>Mean absolute difference at the nano model's size, −1..1.</summary>
    public double Flags(Country a, Country b) => NanoWorld.Distance(looks["flag/" + a.Id].Pixels, looks["flag/" + b.Id].Pixels);

    /// <summary>The most alike others, the nearest first; by pixels and by embedding in turn where there are embeddings.</summary>
    public T[] Nearest<T>(T item, Func<T, string> id, IEnumerable<T> others, int count) where T : class
    {
        var (mine, rest) = (looks[id(item)], others.Where(o => o != item).ToArray());
        var byPixels = rest.OrderBy(o => NanoWorld.Distance(mine.Pixels, looks[id(o)].Pixels)).ThenBy(id, StringComparer.Ordinal);
        if (mine.Embedding is not { } embedding) return [.. byPixels.Take(count)];
        var byEmbedding = rest.OrderByDescending(o => Cosine(embedding, looks[id(o)].Embedding!)).ThenBy(id, StringComparer.Ordinal);
        return [.. byPixels.Zip(byEmbedding, (a, b) => (T[])[a, b]).SelectMany(pair => pair).Distinct().Take(count)];
    }

    private static double Cosine(float[] a, float[] b)
    {
        var (dot, aa, bb) = (0.0, 0.0, 0.0);
        for (var i = 0; i < a.Length; i++) (dot, aa, bb) = (dot + a[i] * b[i], aa + a[i] * a[i], bb + b[i] * b[i]);
        return dot / Math.Sqrt(aa * bb + 1e-12);
    }
}
