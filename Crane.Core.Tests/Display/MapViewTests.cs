using Crane.Core.Display;
using Crane.Core.Vision;

namespace Crane.Core.Tests.Display;

public class MapViewTests
{
    private static Picture Plain(byte level) => new(40, 30, [.. Enumerable.Repeat(level, 3600)]);

    [Fact]
    public void Map_Pictures_StandWhereTheirCoordinatesSay()
    {
        var map = PictureFile.Decode(Show.Map([(0, 0, Plain(0)), (10, 5, Plain(90))], "two", width: 300, markWidth: 40).Png!, "map");
        Assert.Equal((300, 200), (map.Width, map.Height));
        byte Level(int x, int y) => map.Rgb[3 * (300 * y + x)];
        Assert.Equal((0, 90, 255), (Level(20, 180), Level(275, 20), Level(150, 100)));   // left below, right above, white between
    }

    [Fact]
    public void Map_NothingOrNoNumber_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => Show.Map([]));
        Assert.Throws<ArgumentException>(() => Show.Map([(double.NaN, 0, Plain(1))]));
        Assert.NotNull(Show.Map([(1, 1, Plain(1))]).Png);   // one point has no extent
    }
}
