using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Crane.Core.Text;
using Crane.Core.Text.Jinja;

namespace Crane.Core.Tests.Text;

/// <summary>The stored conversations, rendered by every stored template, against Hugging Face's apply_chat_template.</summary>
[Trait("Category", "Golden")]
public class ChatTemplateParityTests
{
    private static readonly string[] Rows = File.ReadAllLines(Golden.File("tokenizer", "chat.jsonl"));
    private static readonly HashSet<string> Known = ["template", "name", "messages", "add_generation_prompt", "tools", "rendered", "error", "n_ids",
        "ids_sha256"];

    public static TheoryData<int> Lines() => new(Enumerable.Range(1, Rows.Length));

    [Theory, MemberData(nameof(Lines))]
    public void Render_StoredChat_EqualsHuggingFace(int line)
    {
        var row = JsonDocument.Parse(Rows[line - 1]).RootElement;
        var render = () => Render(row);
        if (row.TryGetProperty("error", out var error))
        {
            var thrown = Assert.Throws<JinjaException>(render);
            Assert.Equal(error.GetString(), $"{thrown.Kind}: {thrown.Reason}"[..Math.Min(300, thrown.Kind.Length + 2 + thrown.Reason.Length)]);
            Assert.True(thrown.Line > 0);
        }
        else Assert.Equal(row.GetProperty("rendered").GetString(), render());
    }

    [SkippableTheory, MemberData(nameof(Lines))]
    public void Encode_RenderedChat_EqualsHuggingFace(int line)
    {
        var row = JsonDocument.Parse(Rows[line - 1]).RootElement;
        if (row.TryGetProperty("error", out _)) return;
        var ids = RealQwen3.Get().Encode(Render(row));
        Assert.Equal(row.GetProperty("n_ids").GetInt32(), ids.Length);
        Assert.Equal(row.GetProperty("ids_sha256").GetString(),
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"[{string.Join(", ", ids)}]"))));
    }

    private static string Render(JsonElement row) =>
        ChatTemplate.Parse(File.ReadAllText(Golden.File("tokenizer", "templates", row.GetProperty("template").GetString() + ".jinja")))
            .Render(row.GetProperty("messages"), Options(row));

    private static ChatOptions Options(JsonElement row) => new()
    {
        AddGenerationPrompt = row.GetProperty("add_generation_prompt").GetBoolean(),
        Tools = row.TryGetProperty("tools", out var tools) ? tools : null,
        Variables = row.EnumerateObject().Where(field => !Known.Contains(field.Name)).ToDictionary(field => field.Name, field => field.Value),
    };
}
