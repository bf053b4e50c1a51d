using System.Text.Json;
using System.Text.RegularExpressions;
using Crane.Core.Display;
using Crane.Core.Vision;

namespace Crane.Core.Tests.Display;

public class BundleTests
{
    private const string Evil = "\"><script>alert('x')</script>&amp;<b onclick=\"y\">";

    public static TheoryData<string> Kinds() => [.. Samples.Kinds.Keys];

    [Theory, MemberData(nameof(Kinds))]
    public void ToMimeBundle_AnyDisplay_HoldsWhatItPromises(string kind)
    {
        foreach (var bundle in Samples.Kinds[kind]("plain"))
        {
            Assert.NotEmpty(bundle[Mime.Text]);
            Assert.Contains("class=\"crane\"", bundle[Mime.Html]);
            if (bundle.TryGetValue(Mime.Png, out var png)) Assert.NotNull(PictureFile.Decode(Convert.FromBase64String(png), kind));
            if (bundle.TryGetValue(Mime.Plotly, out var json))
                Assert.Equal(JsonValueKind.Array, JsonDocument.Parse(json).RootElement.GetProperty("data").ValueKind);
            Assert.Equal(kind is "Figure" or "Live", bundle.ContainsKey(Mime.Plotly));
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Html_EvilText_IsShownAndNotRun(string kind)
    {
        foreach (var bundle in Samples.Kinds[kind](Evil))
        {
            var html = bundle[Mime.Html];
            Assert.DoesNotContain("<script>alert", html);
            Assert.DoesNotContain("<b onclick", html);
            Assert.DoesNotContain("\"\">", html);
            Assert.Contains("alert(", html);
            // Nothing is left open: every quote of an attribute closes, so what remains of the tags is known.
            var tags = Regex.Replace(html, "<script>.*?</script>|<style>.*?</style>", "");
            foreach (Match tag in Regex.Matches(tags, "<[^>]*>")) Assert.Matches("^</?[a-z0-9]+( [a-z-]+(=\"[^\"<>]*\")?)*>$", tag.Value);
        }
    }

    [Fact]
    public void Html_EvilTextUnescaped_WouldBeFound() => Assert.Contains("<script>alert", Html.Wrap($"<p>{Evil}</p>"));

    [Theory, MemberData(nameof(Kinds))]
    public void Html_AnyDisplay_AsksForNothingOutside(string kind)
    {
        foreach (var bundle in Samples.Kinds[kind]("plain"))
            Assert.DoesNotMatch(@"https?://|src=""(?!data:)|url\(|@import|<link", bundle[Mime.Html]);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void ToMimeBundle_SameInput_SameBytes(string kind)
    {
        // Committed outputs must not change when nothing changed.
        Assert.Equal(Samples.Kinds[kind]("plain"), Samples.Kinds[kind]("plain"));
    }
}
