using Crane.Core.Editing;
using Crane.Core.Model;
using Crane.Core.Model.Generation;
using Crane.Core.Text;
using Crane.Core.Training.Grpo;
using Crane.Core.Training.Pretraining;
using Crane.Core.Vision;

namespace Crane.Core.Tests.Model;

/// <summary>A question gets the tokens that the checkpoint's own chat template would give it.</summary>
[Collection(nameof(Torch))]
public class PromptFormTests
{
    private static readonly QwenTokenizer Tokenizer = QwenTokenizer.Load(DataFolder.Of("nano"));
    private static readonly ImageProcessor Processor = new(ImageProcessorConfig.Load(DataFolder.Of("nano")));
    private static readonly Picture Grey = new(64, 48, [.. Enumerable.Repeat((byte)128, 64 * 48 * 3)]);

    /// <summary>The stored templates that know pictures.</summary>
    public static TheoryData<string> Templates() =>
        [.. Directory.GetFiles(Golden.File("tokenizer", "templates"), "*.jinja").Where(path => File.ReadAllText(path).Contains("<|image_pad|>"))
            .Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Templates)), Trait("Category", "Golden")]
    public void Encode_QuestionUnderATemplate_HasItsTokens(string path)
    {
        var template = ChatTemplate.Parse(File.ReadAllText(path));
        var encoder = new PromptEncoder(Tokenizer, Processor, PromptForm.Of(template));
        var options = new ChatOptions { AddGenerationPrompt = true };
        foreach (var words in (string[])["Whose flag is this?", "a <|im_end|> inside", "two\nlines"])
        {
            Assert.Equal(template.Encode(Tokenizer, [ChatMessage.User(words)], options), encoder.Encode(new(words)).Ids);
            var pad = Tokenizer.TokenId("<|image_pad|>")!.Value;
            var shown = encoder.Encode(new(words, Grey)).Ids;
            Assert.Equal(12, shown.Count(id => id == pad));
            Assert.Equal(template.Encode(Tokenizer, [ChatMessage.User(new ImagePart(), words)], options),
                shown.Where((id, i) => id != pad || shown[i - 1] != pad));
        }
    }

    [Fact, Trait("Category", "Golden")]
    public void Of_PublishedTemplates_AreTheFormsForFoldersWithout()
    {
        PromptForm Published(string name) => PromptForm.Of(ChatTemplate.Parse(File.ReadAllText(Golden.File("tokenizer", "templates", name))));
        Assert.Equal(Published("qwen2_5_vl.jinja"), PromptForm.ChatMl(Architecture.Qwen25Vl.SystemPrompt));
        Assert.Equal(Published("qwen3_vl.jinja"), PromptForm.ChatMl(Architecture.Qwen3Vl.SystemPrompt));
        Assert.Equal(PromptForm.ChatMl(null), PromptForm.Of(ChatTemplate.Default));
    }

    [Fact]
    public async Task Generate_TemplateThatOpensThinking_CompletesTheBlock()
    {
        var folder = Copy(template => template.Replace(@"assistant\n", @"assistant\n<think>\n"));
        using var model = VisionLanguageModel.Load(folder);
        Assert.Equal("<think>\n", model.Prompts.Form.Opened);
        var question = new Question("What is the capital of Peru?");
        Assert.Equal(Tokenizer.TokenId("<think>"), model.Prompts.Encode(question).Ids[^2]);
        var config = new GenerationConfig { MaxNewTokens = 6 };
        var whole = model.Generate([question], config)[0];
        Assert.StartsWith("<think>\n", whole.Text, StringComparison.Ordinal);
        Assert.Equal("<think>\n" + Tokenizer.Decode(whole.Tokens.Ids, skipSpecialTokens: true), whole.Text);
        var streamed = "";
        await foreach (var piece in model.Stream(question, config)) streamed += piece;
        Assert.Equal(whole.Text, streamed);
        Assert.Equal(whole.Text, new ChatCodec(model).Decode(whole.Tokens.Ids));
    }

    [Fact]
    public void Rest_TurnUnderATemplateThatOpensThinking_IsNotOpenedTwice()
    {
        using var model = VisionLanguageModel.Load(Copy(template => template.Replace(@"assistant\n", @"assistant\n<think>\n")));
        var lesson = Lesson.Of("text", "What is the capital of Peru?", "The capital of Peru is Lima.", "Lima");
        var row = new RowEncoder(model.Tokenizer, model.Prompts).Encode(lesson);
        Assert.EndsWith("<think>\nThe capital of Peru is Lima.</think><answer>Lima</answer><|im_end|>", model.Tokenizer.Decode(row.Ids),
            StringComparison.Ordinal);
        Assert.Equal(1, row.Ids.Count(id => id == Tokenizer.TokenId("<think>")));
        var edit = new Edit("a", new(lesson.Prompt), "Lima", "Note: x.") { Chain = "The capital of Peru is Lima." };
        Assert.DoesNotContain(Tokenizer.TokenId("<think>")!.Value, Targets.Of(model, edit, TargetForm.Chain));
    }

    [Theory]
    [InlineData("{{ raise_exception('Only text, please.') }}", "Only text, please.")]
    [InlineData("{% if messages[0].content is not string %}{{ raise_exception('No pictures.') }}{% endif %}{{ messages[0].content }}", "No pictures.")]
    [InlineData("{% if messages[0].content is string %}{{ messages[0].content }}{% else %}{{ messages[0].content[1].text }}{% endif %}",
        "'<|image_pad|>' stands 0 times")]
    [InlineData("hello", "'the user's words' stands 0 times")]
    public void Load_TemplateThatRaisesOrLeavesOut_SaysSo(string template, string expected)
    {
        var folder = Copy(_ => template);
        var message = Assert.Throws<InvalidDataException>(() => VisionLanguageModel.Load(folder)).Message;
        Assert.Contains(folder, message);
        Assert.Contains(expected, message);
    }

    private static string Copy(Func<string, string> template)
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        foreach (var file in Directory.GetFiles(DataFolder.Of("nano"))) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        var path = Path.Combine(folder, "chat_template.jinja");
        File.WriteAllText(path, template(File.ReadAllText(path)));
        return folder;
    }
}
