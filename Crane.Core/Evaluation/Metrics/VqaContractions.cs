namespace Crane.Core.Evaluation.Metrics;

/// <summary>The contractions of the VQA evaluation: "dont" becomes "don't". Its table holds the forms below with exactly one apostrophe left out ("couldn'tve",
/// "couldnt've"); forms with a capital in it never match lower-case words and are not repeated here.</summary>
internal static class VqaContractions
{
    private const string Forms = """
        ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't haven't he'd he'd've he's how'd how'll how's isn't it'd it'd've it'll
        ma'am mightn't mightn't've might've mustn't must've needn't not've o'clock oughtn't 'ow's'at shan't she'd've should've shouldn't shouldn't've somebody'd've
        somebody'll somebody's someone'd someone'd've someone'll someone's something'd something'd've something'll that's there'd there'd've there're there's they'd
        they'd've they'll they're they've 'twas wasn't we'd've we've weren't what'll what're what's what've when's where'd where's where've who'd who'd've who'll who's
        who've why'll why're why's won't would've wouldn't wouldn't've y'all y'all'll y'all'd've you'd you'd've you'll you're you've
        """;

    private static readonly Dictionary<string, string> Table = Make();

    public static string Restore(string word) => Table.GetValueOrDefault(word, word);

    private static Dictionary<string, string> Make()
    {
        var table = new Dictionary<string, string>(StringComparer.Ordinal) { ["somebody'd"] = "somebodyd" };   // turned round in the reference
        foreach (var form in PythonText.Split(Forms))
            for (var i = 0; i < form.Length; i++)
                if (form[i] == '\'') table[form.Remove(i, 1)] = form;
        return table;
    }
}
