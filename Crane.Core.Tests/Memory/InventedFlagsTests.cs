using Crane.Core.Benchmark;
using Crane.Core.Memory.Learning;
using Crane.Core.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Memory;

[Collection(nameof(Torch))]
public class InventedFlagsTests
{
    private static double Difference(Picture a, Picture b) => a.Rgb.Zip(b.Rgb, (x, y) => Math.Abs(x - y)).Average();

    [Fact]
    public void Draw_SameSeed_IsTheSamePicture_AnotherHandDrawsTheSameFlag()
    {
        var nearer = 0;
        for (var i = 0; i < 60; i++)
        {
            var (design, other) = (FlagDesign.Invent(Seeds.Random(1, i)), FlagDesign.Invent(Seeds.Random(2, i)));
            var first = InventedFlags.Draw(design, Seeds.Random(3, i));
            Assert.Equal((64, 48), (first.Width, first.Height));
            Assert.Equal(first.Rgb, InventedFlags.Draw(design, Seeds.Random(3, i)).Rgb);
            var again = InventedFlags.Draw(design, Seeds.Random(4, i));
            Assert.NotEqual(first.Rgb, again.Rgb);
            if (Difference(first, again) < Difference(first, InventedFlags.Draw(other, Seeds.Random(4, i)))) nearer++;
        }
        Assert.InRange(nearer, 55, 60);   // two flags of random colours are now and then as near as two drawings
    }

    [Fact]
    public void Family_Variants_AreOtherDesignsOfTheSameKind()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var family = InventedFlags.Family(4, Seeds.Random(seed));
            Assert.Equal(4, family.Count);
            Assert.All(family, variant => Assert.Equal((family[0].Ground, family[0].Parts), (variant.Ground, variant.Parts)));
            for (var i = 0; i < 4; i++)
                for (var j = 0; j < i; j++)
                    Assert.False(family[i].Colours.SequenceEqual(family[j].Colours) && family[i].Emblems.SequenceEqual(family[j].Emblems));
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => InventedFlags.Family(0, Seeds.Random(1)));
    }

    [Theory]
    [InlineData(FlagGround.Stripes, new[] { 1.0, 1, 2 }, 0.5, 0.4, 1)]      // 0.25, 0.5 and below
    [InlineData(FlagGround.Stripes, new[] { 1.0, 1, 2 }, 0.5, 0.6, 2)]
    [InlineData(FlagGround.Pales, new[] { 1.0, 1, 1 }, 0.1, 0.9, 0)]
    [InlineData(FlagGround.Pales, new[] { 1.0, 1, 1 }, 1.9, 0.1, 2)]         // of 1.33..2 heights
    [InlineData(FlagGround.HoistTriangle, new[] { 0.4, 1, 1 }, 0.1, 0.5, 0)]
    [InlineData(FlagGround.HoistTriangle, new[] { 0.4, 1, 1 }, 0.1, 0.02, 1)]
    [InlineData(FlagGround.Diagonal, new[] { 1.0 }, 0.1, 0.1, 0)]
    [InlineData(FlagGround.Border, new[] { 0.1 }, 0.05, 0.5, 0)]
    [InlineData(FlagGround.Border, new[] { 0.1 }, 0.5, 0.5, 1)]
    public void Shapes_Ground_CoversWhatItsNameSays(FlagGround ground, double[] parts, double u, double v, int colour)
    {
        var design = new FlagDesign(ground, parts, [0, 1, 2, 3], []);
        for (var seed = 0; seed < 5; seed++)
        {
            var hand = new DrawingHand(Seeds.Random(seed));
            var shapes = FlagGrounds.Shapes(ground, parts, [[0, 0, 0], [1, 0, 0], [2, 0, 0], [3, 0, 0]], hand);
            var at = ground is FlagGround.Pales && u > 1 ? hand.Aspect - 0.1 : u;
            Assert.Equal(colour, shapes.Last(shape => shape.Covers(at, v)).Colour[0]);
            Assert.True(design.Shapes(hand).Count >= 1);
        }
    }

    [Fact]
    public void Emblem_Star_ReachesItsPointsAndNotBetweenThem()
    {
        var star = new Emblem([new("star", 0, 0, 0.5, 5, 0, 0)]);
        var hand = new DrawingHand(new Seeded());
        var shape = star.Shapes(new(0.5, 0.5, 1), 1, hand).Single();
        var (x, y) = (0.5 * hand.Aspect, 0.5);
        Assert.True(shape.Covers(x, y - 0.45) && shape.Covers(x, y));
        Assert.False(shape.Covers(x, y + 0.45));                                    // between the lower two points
        Assert.True(shape.Covers(x + 0.45 * Math.Sin(0.8 * Math.PI), y - 0.45 * Math.Cos(0.8 * Math.PI)));
    }

    [Fact]
    public void Batch_WholeFamilies_WithTwoDrawingsOfEachThing()
    {
        var families = PictureFamilies.Invent(6, 3, 4, seed: 2);
        Assert.Equal(18, families.Things);
        var (rows, labels) = families.Batch(7, Seeds.Random(1));
        Assert.Equal(18, rows.Length);   // three families of three, two rows each
        foreach (var thing in rows.Zip(labels).GroupBy(p => p.Second))
        {
            Assert.Equal(2, thing.Select(p => p.First).Distinct().Count());
            Assert.All(thing, p => Assert.InRange(p.First, p.Second, p.Second + 3));
        }
        Assert.All(labels.Distinct().GroupBy(l => l / 12), family => Assert.Equal(3, family.Count()));
        Assert.Throws<ArgumentException>(() => new PictureFamilies([[[new Picture(1, 1, [1, 2, 3])]]]));
        Assert.Throws<ArgumentException>(() => new PictureFamilies([[[new Picture(1, 1, [1, 2, 3])], []]]));
    }

    [Fact]
    public void Vary_SameSeed_IsTheSame_AndLeavesNoTensor()
    {
        using var x = rand(8, 3, 48, 64) * 4 - 2;
        using (var first = PictureVariation.Vary(x, 3))
        using (var again = PictureVariation.Vary(x, 3))
        using (var other = PictureVariation.Vary(x, 4))
        {
            Assert.Equal(x.shape, first.shape);
            Assert.True(first.equal(again).all().item<bool>());
            Assert.False(first.equal(other).all().item<bool>());
            Assert.InRange(first.abs().max().item<float>(), 1, 2);
        }
        var before = Tensor.TotalCount;
        for (var seed = 0; seed < 4; seed++) PictureVariation.Vary(x, seed).Dispose();
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Borrowed_TerritoriesThatFlyAnotherFlag_AreFoundInThatCollectionAlone()
    {
        var borrowed = new BorrowedDrawings(World.Load());
        Assert.True(borrowed.Contains(new("flags/flag-icons/MYT.png")));
        Assert.False(borrowed.Contains(new("flags/twemoji/MYT.png")));
        Assert.False(borrowed.Contains(new("flags/flag-icons/FRA.png")));
        Assert.False(borrowed.Contains(new("flags/world-countries/MCO.png")));   // Indonesia's likeness is its own
        Assert.False(borrowed.Contains(new("landmarks/burj-khalifa-1.webp")));
    }

    /// <summary>Always the middle, so that a hand strays nowhere.</summary>
    private sealed class Seeded : Random
    {
        public override double NextDouble() => 0.5;

        public override int Next(int maxValue) => maxValue / 2;
    }
}
