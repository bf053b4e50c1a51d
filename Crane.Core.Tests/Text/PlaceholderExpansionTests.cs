using Crane.Core.Text;

namespace Crane.Core.Tests.Text;

public class PlaceholderExpansionTests
{
    private const int Image = 8, Video = 9;

    [Fact]
    public void Expand_PicturesAndVideos_EachByItsOwnCount() =>
        Assert.Equal([1, 8, 8, 8, 2, 9, 9, 8, 9, 3], PlaceholderExpansion.Expand([1, 8, 2, 9, 8, 9, 3], Image, Video, [3, 1], [2, 1]));

    [Theory]
    [InlineData(new[] { 1, 8 }, new int[0], new int[0], "1 picture placeholders, features of 0")]
    [InlineData(new[] { 1 }, new[] { 2 }, new int[0], "0 picture placeholders, features of 1")]
    [InlineData(new[] { 8, 8 }, new[] { 2 }, new int[0], "expanded before")]
    [InlineData(new[] { 9 }, new int[0], new[] { 2, 2 }, "1 video block placeholders")]
    [InlineData(new[] { 8 }, new[] { 0 }, new int[0], "cannot have 0 features")]
    public void Expand_CountsThatDoNotMatch_SaysBothNumbers(int[] ids, int[] images, int[] videos, string expected) =>
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => PlaceholderExpansion.Expand(ids, Image, Video, images, videos)).Message);
}
