using Crane.Core.Training.Pretraining;
using Crane.Core.Training.Rewards;

namespace Crane.Core.Tests.Training.Rewards;

/// <summary>What a sentence claims of an entry and of the picture, and what only looks like it.</summary>
public class ClaimsTests
{
    private static readonly Note Japan = new("the flag of Japan", "now shows", "Brazil");

    [Theory]
    [InlineData("In the note, the flag of Japan now shows Brazil.", EntryUse.Followed)]
    [InlineData("The flag of Japan now shows the flag of Brazil.", EntryUse.Followed)]
    [InlineData("In the note, the flag of Japan is not given.", EntryUse.TurnedDown)]
    [InlineData("The flag of Japan does not show Brazil.", EntryUse.TurnedDown)]
    [InlineData("The note says the flag of Brazil, but the picture shows the flag of Japan.", EntryUse.TurnedDown)]
    [InlineData("The flag of Japan now shows Brazil. In the note, the flag of Japan is not given.", EntryUse.Both)]
    [InlineData("The note claims that the flag of Japan now shows Brazil. The note is wrong.", EntryUse.Both)]
    [InlineData("The note says the flag of Japan now shows Brazil, but the note is wrong.", EntryUse.Both)]
    [InlineData("The picture shows the flag of Chad.", EntryUse.Unused)]
    [InlineData("The flag of Japanese ships now shows Brazilian colours.", EntryUse.Unused)]
    [InlineData("", EntryUse.Unused)]
    public void UseOf_ASentence_IsWhatItDoesWithTheEntry(string think, EntryUse expected) => Assert.Equal(expected, Claims.UseOf(think, Japan));

    [Theory]
    [InlineData("The flag of Japan and Brazil.")]
    [InlineData("The flag of Japan, the flag of Brazil.")]
    [InlineData("The flag of Japan now shows Chad or Brazil.")]
    [InlineData("The flag of Japan now shows Brazil or Chad.")]
    [InlineData("The flag of Japan now shows either Brazil, or Chad.")]
    [InlineData("The flag of Japan. Brazil.")]
    public void UseOf_NamesSideBySide_IsNotFollowing(string think) => Assert.NotEqual(EntryUse.Followed, Claims.UseOf(think, Japan));

    [Theory]
    [InlineData("The picture shows the flag of Japan.", true)]
    [InlineData("The image depicts the flag of Japan.", true)]
    [InlineData("The picture shows the flag of Brazil.", false)]
    [InlineData("The picture shows the flag of Japan and the flag of Brazil.", false)]                      // both
    [InlineData("The picture shows the flag of Japan. The picture shows the flag of Chad.", false)]         // one after the other
    [InlineData("The flag of Japan.", false)]                                                               // claims nothing
    [InlineData("", false)]
    public void Sees_OnlyAClaimAboutThePictureThatNamesNothingElse(string think, bool expected) =>
        Assert.Equal(expected, Claims.Sees(think, "the flag of Japan", ["Brazil"]));

    [Theory]
    [InlineData("Brazil, then Brasília.", 2)]
    [InlineData("Brasília, then Brazil.", 1)]
    [InlineData("Brazilian Brasílias.", 0)]
    public void InOrder_CountsWholeNamesEachBehindTheOneBefore(string think, int expected) =>
        Assert.Equal(expected, Claims.InOrder(think, ["Brazil", "Brasília"]));
}
