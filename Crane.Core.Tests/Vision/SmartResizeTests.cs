using System.Text.Json;
using Crane.Core.Vision;

namespace Crane.Core.Tests.Vision;

public class SmartResizeTests
{
    private static readonly Lazy<JsonElement> Table = new(() => JsonDocument.Parse(File.ReadAllBytes(Golden.File("images", "smart_resize.json"))).RootElement);

    public static TheoryData<string> Settings() => [.. Table.Value.GetProperty("settings").EnumerateObject().Select(s => s.Name)];

    [Theory, MemberData(nameof(Settings)), Trait("Category", "Golden")]
    public void Of_StoredSizes_EqualHuggingFace(string setting)
    {
        var limits = Table.Value.GetProperty("settings").GetProperty(setting);
        var (factor, min, max) = (limits.GetProperty("factor").GetInt32(), limits.GetProperty("min_pixels").GetInt64(), limits.GetProperty("max_pixels")
            .GetInt64());
        var rows = Table.Value.GetProperty("rows").EnumerateArray().ToList();
        Assert.NotEmpty(rows);
        foreach (var row in rows)
        {
            var (height, width, expected) = (row.GetProperty("height").GetInt32(), row.GetProperty("width").GetInt32(), row.GetProperty(setting));
            if (expected.ValueKind == JsonValueKind.Array)
                Assert.Equal(((height, width), expected[0].GetInt32(), expected[1].GetInt32()),
                    ((height, width), SmartResize.Of(height, width, factor, min, max).Height, SmartResize.Of(height, width, factor, min, max).Width));
            else
                Assert.Contains(expected.GetString()!["ValueError: ".Length..].TrimEnd('.', '0'),
                    Assert.Throws<ArgumentException>(() => SmartResize.Of(height, width, factor, min, max)).Message);
        }
    }

    /// <summary>Halves round to even, so 42 / 28 = 1.5 goes up to 2 cells and 70 / 28 = 2.5 down to 2.</summary>
    [Theory]
    [InlineData(70, 56)]
    [InlineData(42, 56)]
    [InlineData(98, 112)]
    public void Of_HalfACell_RoundsToEven(int side, int expected) => Assert.Equal((expected, expected), SmartResize.Of(side, side, 28, 1, 1 << 20));

    [Theory]
    [InlineData(0, 5)]
    [InlineData(5, 0)]
    [InlineData(-1, 5)]
    public void Of_NoPixel_IsRefused(int height, int width) => Assert.Throws<ArgumentOutOfRangeException>(() => SmartResize.Of(height, width, 28, 1, 1 << 20));

    [Fact]
    public void Of_AnySize_GivesMultiplesOfTheFactorWithinTheArea()
    {
        var random = new Random(1);
        for (var i = 0; i < 500; i++)
        {
            var (height, width) = SmartResize.Of(random.Next(20, 2000), random.Next(20, 2000), 32, 64 * 64, 512 * 512);
            Assert.True(height % 32 == 0 && width % 32 == 0 && height > 0 && width > 0);
            Assert.InRange((long)height * width, 64 * 64, 512 * 512);
        }
    }
}
