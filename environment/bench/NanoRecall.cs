using Crane.Core;
using Crane.Core.Benchmark;
using Crane.Core.Memory;
using Crane.Core.Model;
using Crane.Core.Vision;

namespace Crane.Bench;

/// <summary>How often the nano model's features find a flag again in another drawing, and whether a learnt head helps: library of one drawing of every
/// country, queries in the
/// four others, degraded or not; the head sees training countries alone.</summary>
internal static class NanoRecall
{
    private const int Views = 6;   // augmented copies of each drawing, for training the head
    private static readonly (int Width, int Height) Size = (WorldPictures.Width, WorldPictures.Height);
    private static readonly AugmentationOptions Rough = new() { MinCrop = 0.7, Jitter = 0.25, Noise = 30 };

    public static void Run()
    {
        var world = NanoWorld.Load();
        using var model = VisionLanguageModel.Load(DataFolder.Of("nano"));
        int[] order = [.. Enumerable.Range(0, world.Countries.Count)];
        Seeds.Random(1).Shuffle(order);
        var (train, test) = (order[..(order.Length * 6 / 10)], order[(order.Length * 6 / 10)..]);
        Picture Drawing(int country, int style) => world.Pictures.Flags(world.Countries[country].Id)[style];
        foreach (var (name, size) in new[] { ("mean of tokens", ((int, int)?)null), ("tokens in a row", Size) })
        {
            float[][] Features(IEnumerable<Picture> pictures) => [.. pictures.Chunk(64).SelectMany(part => QwenEncoders.Features(model, part, size))];
            var views = train.SelectMany(c => Enumerable.Range(0, World.FlagStyles.Count).SelectMany(s => Enumerable.Range(0, Views).Select(v =>
                (Country: c, Picture: Augmentation.Apply(Drawing(c, s), Size.Width, Size.Height, Seeds.Random(2, c, s, v), v % 2 == 0 ? null : Rough)))))
                    .ToList();
            var features = Features(views.Select(v => v.Picture));
            var library = Features(order.Select(c => Drawing(c, 0)));
            var queries = test.SelectMany(c => Enumerable.Range(1, World.FlagStyles.Count - 1).Select(s => (Country: c, Picture: Drawing(c, s)))).ToList();
            var (clean, rough) = (Features(queries.Select(q => q.Picture)),
                Features(queries.Select((q, i) => Augmentation.Apply(q.Picture, Size.Width, Size.Height, Seeds.Random(3, i), Rough))));
            int[] subjects = [.. views.Select(v => v.Country)];
            foreach (var (kind, head) in new[] { ("centred", ProjectionHead.Centre(features)),
                ("learnt head", ProjectionHead.Train(features, subjects, seed: 1)) })
                foreach (var (state, found) in new[] { ("clean", clean), ("degraded", rough) })
                {
                    using var index = new FlatIndex(head.Dimension);
                    index.Add([.. library.Select((f, i) => new IndexItem($"{order[i]}", head.Apply(f)))]);
                    var ranks = found.Select((f, i) => index.Search(head.Apply(f), 5).ToList().FindIndex(h => h.Id == $"{queries[i].Country}")).ToList();
                    Console.WriteLine($"{name,-16} {kind,-12} {state,-9} recall@1 {ranks.Average(r => r == 0 ? 1.0 : 0):p1}  recall@5 {ranks.Average(r => r >= 0 ? 1.0 : 0):p1}  ({ranks.Count} queries)");
                }
        }
    }
}
