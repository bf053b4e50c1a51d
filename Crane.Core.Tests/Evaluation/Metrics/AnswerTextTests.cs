using Crane.Core.Evaluation.Metrics;

namespace Crane.Core.Tests.Evaluation.Metrics;

/// <summary>Details of Python's strings that the reference evaluators depend on.</summary>
public class AnswerTextTests
{
    [Theory]
    [InlineData("İ", "i̇")]
    [InlineData("ΟΔΟΣ", "οδος")]
    [InlineData("STRASSE", "strasse")]
    public void Lower_Text_IsPythons(string text, string expected) => Assert.Equal(expected, PythonText.Lower(text));

    [Theory]
    [InlineData("straße", "STRASSE")]
    [InlineData("ﬁn", "FIN")]
    [InlineData("é", "É")]
    public void Upper_Text_IsPythons(string text, string expected) => Assert.Equal(expected, PythonText.Upper(text));

    [Fact]
    public void Split_SeparatorsOfInformation_AreWhiteSpace() => Assert.Equal(["a", "b", "c"], PythonText.Split("\u001ca\u00a0b\u001f\u3000c "));

    [Theory]
    // a combining accent is no word character in Python: the article before it goes
    [InlineData("a\u0301 cat", "\u0301 cat")]
    [InlineData("The_cat", "thecat")]
    [InlineData("the cat", "cat")]
    public void SquadNormalise_Articles_GoAsWholeWords(string text, string expected) => Assert.Equal(expected, SquadAnswer.Normalise(text));

    [Theory]
    [InlineData("lets", "lets")]
    [InlineData("shes", "shes")]
    [InlineData("couldntve", "couldntve")]
    [InlineData("couldn'tve", "couldn't've")]
    [InlineData("somebody'd", "somebodyd")]
    [InlineData("Im", "im")]
    [InlineData("2,000 - 3", "2000 3")]
    [InlineData("well-known", "well known")]
    public void VqaNormalise_Oddities_AreKept(string text, string expected) => Assert.Equal(expected, VqaAnswer.Normalise(text));

    [Fact]
    public void VqaNormalise_MoreThan32Periods_KeepsTheRest() =>
        Assert.Equal(new string('x', 32) + "x.x.", VqaAnswer.Normalise(string.Concat(Enumerable.Repeat("x.", 34))));

    [Fact]
    public void VqaAccuracy_ThreeOfTenAgree_IsNineTenths() =>
        Assert.Equal(0.9, VqaAnswer.Accuracy(["red", "Red.", "red", "blue", "blue", "green", "grey", "pink", "teal", "black"], "red"), 1e-12);

    [Fact]
    public void Levenshtein_OutsideTheBasicPlane_CountsCodePoints() => Assert.Equal(1, EditDistance.Levenshtein("a🇧", "a"));

    [Fact]
    public void Best_NoAnswer_Throws() => Assert.Contains("generated/f1", Assert.Throws<ArgumentException>(() => StringMetrics.F1.Best([], "x")).Message);
}
