using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crane.Core.Tests.Training.Routing;

/// <summary>What the engines' documentation asks of a row. TRL, dataset_formats: conversational prompt-completion and prompt-only, where a message has a role
/// and a content, a content
/// with pictures is a list of parts, and <c>images</c> has one entry for each part of type image. LLaMA-Factory, data/README.md: sharegpt with OpenAI's tags,
/// where user and assistant
/// take turns, the user first, and each <c>&lt;image&gt;</c> of the text stands for one path of <c>images</c>.</summary>
/// <param name="form">trl-sft, trl-grpo or llama-factory.</param>
/// <param name="folder">Paths of pictures are relative to it.</param>
internal sealed class ExportSchema(string form, string folder)
{
    private static readonly Dictionary<string, (string Column, JsonValueKind Kind)[]> Columns = new()
    {
        ["trl-sft"] = [("prompt", JsonValueKind.Array), ("completion", JsonValueKind.Array), ("images", JsonValueKind.Array)],
        ["trl-grpo"] =
        [
            ("prompt", JsonValueKind.Array), ("images", JsonValueKind.Array), ("answers", JsonValueKind.Array), ("path", JsonValueKind.Array),
                ("prior", JsonValueKind.String),
            ("foreign", JsonValueKind.Array), ("length", JsonValueKind.Number), ("entries", JsonValueKind.Array),
        ],
        ["llama-factory"] = [("messages", JsonValueKind.Array), ("images", JsonValueKind.Array)],
    };

    private static readonly string[] InfoKeys = ["hf_hub_url", "ms_hub_url", "script_url", "cloud_file_name", "file_name", "formatting", "ranking", "subset",
        "split", "folder", "num_samples", "columns", "tags"],
        InfoColumns = ["prompt", "query", "response", "history", "messages", "system", "tools", "images", "videos", "audios", "chosen", "rejected", "kto_tag"],
        InfoTags = ["role_tag", "content_tag", "user_tag", "assistant_tag", "observation_tag", "function_tag", "system_tag"];

    /// <summary>What is wrong with a row.</summary>
    public IEnumerable<string> Errors(JsonObject row)
    {
        var columns = Columns[form];
        foreach (var name in row.Select(pair => pair.Key).Where(name => columns.All(column => column.Column != name))) yield return $"unknown column '{name}'";
        foreach (var (name, _) in columns.Where(column => !row.ContainsKey(column.Column))) yield return $"'{name}' is missing";
        if (columns.Any(column => !row.ContainsKey(column.Column))) yield break;
        var placeholders = 0;
        foreach (var (name, roles) in form == "llama-factory" ? [("messages", ["user", "assistant"])] : form == "trl-sft"
            ? [("prompt", ["user"]), ("completion", ["assistant"])]
            : ((string, string[])[])[("prompt", ["user"])])
        {
            var messages = row[name]!.AsArray();
            if (messages.Count != roles.Length) yield return $"'{name}' has {messages.Count} messages";
            for (var i = 0; i < messages.Count && i < roles.Length; i++)
            {
                if ((string?)messages[i]!["role"] != roles[i]) yield return $"message {i} is by '{messages[i]!["role"]}', expected '{roles[i]}'";
                if (form != "llama-factory")
                    foreach (var error in PartErrors(messages[i]!["content"]!.AsArray())) yield return error;
                placeholders += Placeholders(messages[i]!["content"]!);
            }
        }
        var images = row["images"]!.AsArray();
        if (images.Count != placeholders) yield return $"'images' has {images.Count} paths for {placeholders} placeholders";
        foreach (var image in images.Select(image => (string)image!))
            if (Path.IsPathRooted(image)) yield return $"'{image}' must be relative";
            else if (!File.Exists(Path.Combine(folder, image))) yield return $"'{image}' is not there";
    }

    /// <summary>Arrow gives a column one type: each value has it, or is null.</summary>
    public IEnumerable<string> ColumnErrors(IReadOnlyList<JsonObject> rows) =>
        from column in Columns[form]
        from row in rows
        where row[column.Column] is { } value && value.GetValueKind() != column.Kind
        select $"'{column.Column}' is {row[column.Column]!.GetValueKind()}, expected {column.Kind}";

    /// <summary>What is wrong with the file that registers LLaMA-Factory's data.</summary>
    public IEnumerable<string> InfoErrors(string file, JsonObject row)
    {
        foreach (var (name, info) in JsonNode.Parse(File.ReadAllText(file))!.AsObject())
        {
            foreach (var key in info!.AsObject().Select(pair => pair.Key).Except(InfoKeys)) yield return $"{name}: unknown key '{key}'";
            foreach (var key in info["columns"]!.AsObject().Select(pair => pair.Key).Except(InfoColumns)) yield return $"{name}: unknown column '{key}'";
            foreach (var key in info["tags"]!.AsObject().Select(pair => pair.Key).Except(InfoTags)) yield return $"{name}: unknown tag '{key}'";
            foreach (var column in info["columns"]!.AsObject().Select(pair => (string)pair.Value!)
                .Where(column => !row.ContainsKey(column))) yield return $"{name}: no row has '{column}'";
            if ((string?)info["formatting"] is not ("alpaca" or "sharegpt")) yield return $"{name}: formatting is '{info["formatting"]}'";
            if (!File.Exists(Path.Combine(folder, (string)info["file_name"]!))) yield return $"{name}: {info["file_name"]} is not there";
        }
    }

    /// <summary>A part of a content is a picture's place, or text under <c>text</c>.</summary>
    private static IEnumerable<string> PartErrors(JsonArray parts)
    {
        foreach (var (i, part) in parts.Index())
            if ((string?)part!["type"] is not ("image" or "text")) yield return $"part {i} is of type '{part["type"]}'";
            else if ((string?)part["type"] == "text" && part["text"]?.GetValueKind() != JsonValueKind.String) yield return $"part {i} has no text";
    }

    /// <summary>How many pictures a content asks for.</summary>
    private int Placeholders(JsonNode content) => form == "llama-factory"
        ? ((string)content!).Split("<image>").Length - 1
        : content.AsArray().Count(part => (string)part!["type"]! == "image");
}
