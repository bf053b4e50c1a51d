using System.Text.Json;
using Crane.Core.Text.Jinja;

namespace Crane.Core.Text;

/// <summary>Turns a conversation into the prompt of one model family: the Jinja template that its checkpoint brings, run as Hugging Face runs it.</summary>
public sealed class ChatTemplate
{
    private static readonly string[] SpecialNames = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    private readonly IReadOnlyList<Statement> body;
    private readonly Dictionary<string, object?> specialTokens;

    private ChatTemplate(string source, Dictionary<string, object?> specialTokens) =>
        (Source, body, this.specialTokens) = (source, JinjaParser.Parse(source), specialTokens);

    /// <summary>For a checkpoint without a template: ChatML, pictures and videos as Qwen-VL writes them, nothing added. The nano checkpoint's
    /// template is the same.</summary>
    public static ChatTemplate Default { get; } = Parse("""
        {%- for message in messages %}
            {{- '<|im_start|>' + message.role + '\n' }}
            {%- if message.content is string %}
                {{- message.content }}
            {%- else %}
                {%- for part in message.content %}
                    {%- if part.type == 'image' or 'image' in part or 'image_url' in part %}
                        {{- '<|vision_start|><|image_pad|><|vision_end|>' }}
                    {%- elif part.type == 'video' or 'video' in part %}
                        {{- '<|vision_start|><|video_pad|><|vision_end|>' }}
                    {%- elif 'text' in part %}
                        {{- part.text }}
                    {%- endif %}
                {%- endfor %}
            {%- endif %}
            {{- '<|im_end|>\n' }}
        {%- endfor %}
        {%- if add_generation_prompt %}
            {{- '<|im_start|>assistant\n' }}
        {%- endif %}

        """);

    /// <summary>The template as written.</summary>
    public string Source { get; }

    /// <summary>Reads a template.</summary>
    /// <exception cref="JinjaException">It is not one, or uses what chat templates do not; names the line.</exception>
    public static ChatTemplate Parse(string jinja) => new(jinja, []);

    /// <summary>Reads a checkpoint's template: <c>chat_template.jinja</c>, <c>chat_template.json</c>, or the field of <c>tokenizer_config.json</c>;
    /// <see cref="Default"/> where there is none.</summary>
    /// <exception cref="InvalidDataException">A file cannot be read, or its template is not one; names the file.</exception>
    public static ChatTemplate Load(string folder) => Find(folder) ?? Default;

    /// <summary>The same; null where there is none.</summary>
    /// <exception cref="InvalidDataException">A file cannot be read, or its template is not one; names the file.</exception>
    public static ChatTemplate? Find(string folder)
    {
        var configPath = Path.Combine(folder, "tokenizer_config.json");
        JsonFields? config = File.Exists(configPath) ? JsonFields.ReadFile(configPath) : null;
        var special = SpecialNames.Where(name => config?.Has(name) is true).ToDictionary(name => name, name => (object?)config!.Value.Token(name));
        var (source, path) = Find(folder, config, configPath);
        if (source is null) return null;
        try { return new(source, special); }
        catch (JinjaException e) { throw new InvalidDataException($"{path}: {e.Message}", e); }
    }

    /// <summary>The prompt as text.</summary>
    /// <param name="messages">The turns so far.</param>
    /// <param name="options">Null means the defaults.</param>
    /// <exception cref="JinjaException">The template raised an error.</exception>
    public string Render(IReadOnlyList<ChatMessage> messages, ChatOptions? options = null) =>
        Render([.. messages.Select(message => (object?)message.ToJinja())], options ?? new(), null);

    /// <summary>The prompt of messages in Hugging Face's form, <c>[{"role": …, "content": …}]</c>, with whatever other fields the template reads.</summary>
    /// <exception cref="JinjaException">The template raised an error.</exception>
    /// <exception cref="ArgumentException">The messages are not a list.</exception>
    public string Render(JsonElement messages, ChatOptions? options = null) => Render(FromJson(messages), options ?? new(), null);

    /// <summary>The prompt as tokens. Only what the template writes becomes special tokens; the text of messages cannot, whatever it says, but for
    /// the tags of thinking and answering in assistant turns.</summary>
    /// <param name="tokenizer">The checkpoint's.</param>
    /// <param name="messages">The turns so far.</param>
    /// <param name="options">Null means the defaults.</param>
    /// <exception cref="JinjaException">The template raised an error.</exception>
    public int[] Encode(QwenTokenizer tokenizer, IReadOnlyList<ChatMessage> messages, ChatOptions? options = null) =>
        Encode(tokenizer, [.. messages.Select(message => (object?)message.ToJinja())], options ?? new());

    /// <summary>The same for messages in Hugging Face's form.</summary>
    /// <exception cref="JinjaException">The template raised an error.</exception>
    /// <exception cref="ArgumentException">The messages are not a list.</exception>
    public int[] Encode(QwenTokenizer tokenizer, JsonElement messages, ChatOptions? options = null) => Encode(tokenizer, FromJson(messages), options ?? new());

    /// <summary>Whether a prompt ends inside a think block that the template opened, so that the completion begins in it.</summary>
    public static bool OpensThink(string prompt) => prompt.AsSpan().TrimEnd().EndsWith("<think>", StringComparison.Ordinal);

    private int[] Encode(QwenTokenizer tokenizer, List<object?> messages, ChatOptions options)
    {
        var shield = TextShield.For(tokenizer, [messages, options.Tools is { } tools ? JinjaValues.FromJson(tools) : null,
            .. options.Variables.Values.Select(JinjaValues.FromJson)]);
        return tokenizer.Encode(Render(messages, options, shield), shield.Mark);
    }

    private string Render(List<object?> messages, ChatOptions options, TextShield? shield)
    {
        object? Shielded(object? value) => shield is null ? value : shield.Cover(value);
        var variables = new Dictionary<string, object?>(specialTokens)
        {
            ["messages"] = messages.Select(message => shield is null ? message : shield.CoverMessage(message)).ToList(),
            ["add_generation_prompt"] = options.AddGenerationPrompt,
            ["tools"] = options.Tools is { } tools ? Shielded(JinjaValues.FromJson(tools)) : null,
            ["documents"] = null,
        };
        if (options.EnableThinking is { } thinking) variables["enable_thinking"] = thinking;
        foreach (var (name, value) in options.Variables) variables[name] = Shielded(JinjaValues.FromJson(value));
        var prompt = JinjaInterpreter.Render(body, variables);
        return options.VideoTexts.Count == 0 ? prompt : VideoTimestamps.InsertBlocks(prompt, options.VideoTexts);
    }

    private static List<object?> FromJson(JsonElement messages) => JinjaValues.FromJson(messages) as List<object?>
        ?? throw new ArgumentException($"Messages must be a list of objects with role and content, found {messages.ValueKind}.", nameof(messages));

    private static (string? Source, string Path) Find(string folder, JsonFields? config, string configPath)
    {
        var (jinja, json) = (Path.Combine(folder, "chat_template.jinja"), Path.Combine(folder, "chat_template.json"));
        if (File.Exists(jinja)) return (File.ReadAllText(jinja), jinja);
        if (File.Exists(json)) return (JsonFields.ReadFile(json).Text("chat_template", null), json);
        return (config?.Text("chat_template", null), configPath);
    }
}
