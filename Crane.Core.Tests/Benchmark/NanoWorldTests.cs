using Crane.Core.Benchmark;

namespace Crane.Core.Tests.Benchmark;

public class NanoWorldTests
{
    private static readonly NanoWorld Nano = Worlds.Nano;

    [Fact]
    public void Countries_Chosen_HaveEverythingThatIsAskedAbout()
    {
        Assert.Equal(110, Nano.Countries.Count);
        Assert.Distinct(Nano.Countries.Select(c => c.Id));
        Assert.All(Nano.Countries, c => Assert.True(c.UnMember && Attributes.All.All(a => a.Of(c) is { Length: > 0 }), c.Id));
        Assert.Equal(["capital", "currency", "region", "language", "demonym"], Attributes.All.Select(a => a.Name));
    }

    [Fact]
    public void Countries_EveryPair_DiffersInEveryDrawing()
    {
        var flags = Nano.Countries.Select(c => Nano.Pictures.Flags(c.Id).Select(WorldPictures.Small).ToArray()).ToArray();
        Assert.All(flags, drawings => Assert.Equal(World.FlagStyles.Count, drawings.Length));
        var least = (from a in Enumerable.Range(0, flags.Length)
                     from b in Enumerable.Range(0, a)
                     from style in Enumerable.Range(0, World.FlagStyles.Count)
                     select flags[a][style].Rgb.Zip(flags[b][style].Rgb, (x, y) => Math.Abs(x / 127.5 - y / 127.5)).Average()).Min();
        Assert.True(least > 0.12, $"The nearest two flags differ by {least:f4}.");
    }

    [Theory, InlineData("TCD", "ROU"), InlineData("IDN", "MCO")]
    public void Countries_LookAlikes_AreNotBothIn(string a, string b) => Assert.False(Known(a) && Known(b));

    [Fact]
    public void Load_Twice_ChoosesTheSame() => Assert.Equal(Nano.Countries.Select(c => c.Id), NanoWorld.Load(Nano.World).Countries.Select(c => c.Id));

    [Fact]
    public void Countries_Order_IsByAreaAndOnlyLookAlikesAreLeftOut()
    {
        Assert.Equal(Nano.Countries.OrderByDescending(c => c.AreaKm2).Select(c => c.Id), Nano.Countries.Select(c => c.Id));
        var smallest = Nano.Countries[^1].AreaKm2;
        var leftOut = Nano.World.Countries.Where(c => c.UnMember && c.AreaKm2 > smallest && !Known(c.Id) && Attributes.All.All(a => a.Of(c) is not null));
        Assert.All(leftOut, c => Assert.Contains(Nano.Countries, known => known.AreaKm2 >= c.AreaKm2 && Distance(known.Id, c.Id) <= 0.12));
    }

    [Fact]
    public void Pictures_Landmarks_HaveTheShapeOfTheModel()
    {
        foreach (var picture in Nano.Landmarks.SelectMany(Nano.Pictures.Photographs))
        {
            Assert.InRange((double)picture.Width / picture.Height, 4.0 / 3 * 0.65, 4.0 / 3 * 1.35);
            Assert.Equal((64, 48), (WorldPictures.Small(picture).Width, WorldPictures.Small(picture).Height));
        }
        Assert.Same(Nano.Pictures.Photographs(Nano.Landmarks[0])[0], Nano.Pictures.Photographs(Nano.Landmarks[0])[0]);
    }

    private static bool Known(string id) => Nano.Countries.Any(c => c.Id == id);

    private static double Distance(string a, string b) =>
        Nano.Pictures.Flags(a).Zip(Nano.Pictures.Flags(b), (x, y) => NanoWorld.Distance(WorldPictures.Small(x).Rgb, WorldPictures.Small(y).Rgb)).Min();
}
