using Crane.Core.Text;

namespace Crane.Core.Tests.Text;

public class NfcTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain ÀÿŁ", "plain ÀÿŁ")]
    [InlineData("e\u0301", "é")]
    [InlineData("\u212b\u2126", "ÅΩ")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]                   // marks are ordered by class
    [InlineData("q\u0323\u0307", "q\u0323\u0307")]
    [InlineData("a\u0328\u0301", "ą\u0301")]
    [InlineData("a\u0301\u0328", "ą\u0301")]                         // the ogonek overtakes the acute
    [InlineData("u\u0308\u0304", "ǖ")]                               // two steps
    [InlineData("\u0344", "\u0308\u0301")]                            // never composed
    [InlineData("\u0958", "\u0915\u093c")]                            // excluded from composition
    [InlineData("\u1100\u1161\u11a8", "각")]
    [InlineData("\u1100\u1161", "가")]
    [InlineData("가\u11a8", "각")]
    [InlineData("각\u11a8", "각\u11a8")]
    [InlineData("\u09c7\u09be", "\u09cb")]                            // two starters compose
    [InlineData("e\u200d\u0301", "e\u200d\u0301")]                    // a starter between blocks
    [InlineData("\u0301e", "\u0301e")]
    [InlineData("\ufb01", "\ufb01")]                                  // compatibility forms stay
    [InlineData("\U0001d15e", "\U0001d157\U0001d165")]
    [InlineData("\U000110a5\U000110ba", "\U000110ab")]
    public void Normalize_Text_IsComposed(string text, string expected)
    {
        Assert.Equal(expected, Nfc.Normalize(text));
        Assert.Equal(expected, Nfc.Normalize(expected));
    }

    [Fact]
    public void Normalize_HalfASurrogatePair_BecomesTheReplacementCharacter() => Assert.Equal("x\ufffdy", Nfc.Normalize("x\ud800y"));

    [Fact]
    public void Normalize_ManyMarks_KeepsTheOrderOfEqualOnes() =>
        Assert.Equal("q" + string.Concat(Enumerable.Repeat("\u0316\u0317", 50)) + string.Concat(Enumerable.Repeat("\u0308\u0300", 50)),
            Nfc.Normalize("q" + string.Concat(Enumerable.Repeat("\u0308\u0316\u0300\u0317", 50))));
}
