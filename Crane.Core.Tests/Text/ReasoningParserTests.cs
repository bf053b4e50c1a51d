using System.Text.Json;
using Crane.Core.Text;
using static Crane.Core.Text.ReasoningDefect;

namespace Crane.Core.Tests.Text;

public class ReasoningParserTests
{
    [Theory]
    [InlineData("<think>Red disc.</think><answer>Japan</answer>", "Red disc.", "Japan")]
    [InlineData(" \n<think>\n Red disc.\n</think>\n\n<answer>\nJapan \n</answer>\n", "Red disc.", "Japan")]
    [InlineData("<think>x < y, </thin k> <Think> <answers></think><answer>7 > 3</answer>", "x < y, </thin k> <Think> <answers>", "7 > 3")]
    [InlineData("<think>.</think>\u3000<answer>日本</answer>\t", ".", "日本")]
    [InlineData("<think>🙂</think><answer>0</answer>", "🙂", "0")]
    public void Parse_ValidForm_GivesBothParts(string text, string think, string answer) =>
        Assert.Equal(new Reasoning(think, answer, None, ""), ReasoningParser.Parse(text, endedByEos: true));

    [Theory]
    [InlineData("", MissingThink, null, null)]
    [InlineData("  \n", MissingThink, null, null)]
    [InlineData("Japan", MissingThink, null, null)]
    [InlineData("<Think>a</Think><Answer>b</Answer>", MissingThink, null, null)]
    [InlineData("<answer>Japan</answer>", AnswerBeforeThink, null, "Japan")]
    [InlineData("<answer>b</answer><think>a</think>", AnswerBeforeThink, "a", "b")]
    [InlineData("<think>a</think>", MissingAnswer, "a", null)]
    [InlineData("<think>a</think>Japan", MissingAnswer, "a", null)]
    [InlineData("<think>a", UnclosedThink, "a", null)]
    [InlineData("<think>a</think><answer>b", UnclosedAnswer, "a", "b")]
    [InlineData("<think>a</think><answer>b</answer", UnclosedAnswer, "a", "b</answer")]
    [InlineData("<think>a</think><answer>b</answer><answer>c</answer>", RepeatedAnswer, "a", "b")]
    [InlineData("<think>a</think><think>c</think><answer>b</answer>", RepeatedThink, "a", "b")]
    [InlineData("<think>a</think><answer>b</answer><think>c</think>", RepeatedThink, "a", "b")]
    [InlineData("<think>a<think>c</think></think><answer>b</answer>", Nested, "a<think>c", "b")]
    [InlineData("<think>a<answer>b</answer></think>", Nested, "a", "b")]
    [InlineData("<think>a</think><answer>b<answer>c</answer></answer>", Nested, "a", "b<answer>c")]
    [InlineData("<think>a</think><answer><think>c</think>b</answer>", Nested, "a", "")]
    [InlineData("a</think><answer>b</answer>", StrayText, null, "b")]
    [InlineData("</think><answer>b</answer>", UnopenedThink, null, "b")]
    [InlineData("<think>a</think></think><answer>b</answer>", UnopenedThink, "a", "b")]
    [InlineData("<think>a</think><answer>b</think></answer>", UnopenedThink, "a", "b</think>")]
    [InlineData("<think>a</answer></think><answer>b</answer>", UnopenedAnswer, "a</answer>", "b")]
    [InlineData("<think>a</think></answer>", UnopenedAnswer, "a", null)]
    [InlineData("<think>a</think><answer>b</answer></answer>", UnopenedAnswer, "a", "b")]
    [InlineData("<think></think><answer>b</answer>", EmptyThink, "", "b")]
    [InlineData("<think> \n\t\u00a0</think><answer>b</answer>", EmptyThink, "", "b")]
    [InlineData("<think>\u200b\u200d\u0007</think><answer>b</answer>", EmptyThink, "\u200b\u200d\u0007", "b")]
    [InlineData("<think>a</think><answer></answer>", EmptyAnswer, "a", "")]
    [InlineData("<think>a</think><answer> \n</answer>", EmptyAnswer, "a", "")]
    [InlineData("Sure. <think>a</think><answer>b</answer>", StrayText, "a", "b")]
    [InlineData("<think>a</think>so<answer>b</answer>", StrayText, "a", "b")]
    [InlineData("<think>a</think><answer>b</answer>.", StrayText, "a", "b")]
    [InlineData("<think>a</think><answer>b</answer>\u200b", StrayText, "a", "b")]
    [InlineData("<|im_start|><think>a</think><answer>b</answer>", StrayText, "a", "b")]
    public void Parse_DamagedForm_NamesTheFirstDefect(string text, ReasoningDefect defect, string? think, string? answer)
    {
        var parsed = ReasoningParser.Parse(text, endedByEos: true);
        Assert.Equal((defect, think, answer, false), (parsed.Defect, parsed.Think, parsed.Answer, parsed.IsValid));
        Assert.NotEmpty(parsed.Explanation);
    }

    [Theory]
    [InlineData("<think>a</think><answer>b</answer>", "after the answer block")]
    [InlineData("<think>a</think><answer>b", "inside the answer block")]
    [InlineData("<think>a", "inside the think block")]
    [InlineData("", "before any block")]
    public void Parse_LimitReached_IsCutOffAndSaysWhere(string text, string where)
    {
        var parsed = ReasoningParser.Parse(text, endedByEos: false);
        Assert.Equal(CutOff, parsed.Defect);
        Assert.Contains(where, parsed.Explanation);
    }

    [Theory]
    [InlineData("a</think><answer>b</answer>", None)]
    [InlineData("</think><answer>b</answer>", EmptyThink)]
    [InlineData("<think>a</think><answer>b</answer>", Nested)]
    [InlineData("a", UnclosedThink)]
    public void Parse_PromptOpensThink_CompletionBeginsInside(string text, ReasoningDefect defect) =>
        Assert.Equal(defect, ReasoningParser.Parse(text, endedByEos: true, promptOpensThink: true).Defect);

    [Fact]
    public void Parse_Explanation_QuotesTheStrayTextAndThePlace() =>
        Assert.Equal("\"Sure.\" stands before the think block.", ReasoningParser.Parse("Sure. <think>a</think>", endedByEos: true).Explanation);

    public static TheoryData<string> NanoCompletions() => new(File.ReadLines(DataFolder.Of("golden", "nano-reference", "cases.jsonl")));

    [Theory, MemberData(nameof(NanoCompletions))]
    public void Parse_GeneratedIds_EndAtEosAndIgnorePadding(string row)
    {
        var tokenizer = QwenTokenizer.Load(DataFolder.Of("golden", "nano-reference"));
        var json = JsonDocument.Parse(row).RootElement;
        var ids = json.GetProperty("completion_ids").EnumerateArray().Select(i => i.GetInt32()).ToArray();
        var ended = ids[^1] == tokenizer.EosId;
        var parsed = ReasoningParser.Parse(tokenizer, [.. ids, tokenizer.PadId!.Value, tokenizer.PadId.Value]);
        Assert.Equal(ended, parsed.IsValid);
        Assert.Equal(ended ? CutOff : parsed.Defect, ReasoningParser.Parse(tokenizer, ended ? ids[..^1] : ids).Defect);
        Assert.Contains(parsed.Answer!, json.GetProperty("completion").GetString());
    }
}
