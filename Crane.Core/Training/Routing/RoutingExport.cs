using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crane.Core.Vision;

namespace Crane.Core.Training.Routing;

/// <summary>Writes routing tasks for the engines that train large models: JSON lines with pictures beside them. What they train comes back as a PEFT folder
/// (<see cref="Model.Adapters.PeftModel.LoadAdapter"/>).</summary>
public static class RoutingExport
{
    private const string Placeholder = "<image>", Images = "images";

    private static readonly string[] LlamaFactoryPlaceholders = [Placeholder, "<video>", "<audio>"];

    private static readonly JsonSerializerOptions Layout = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>For TRL's SFTTrainer: the conversational prompt-completion form with a column <c>images</c> of paths (cast it with
    /// <c>datasets.Sequence(datasets.Image())</c>).</summary>
    /// <exception cref="InvalidDataException">A text holds the beginning of a special token.</exception>
    /// <param name="tasks">Those without an answer are left out.</param>
    /// <param name="file">The file; pictures go to <c>images/</c> beside it.</param>
    public static void TrlSft(IEnumerable<RoutingTask> tasks, string file) => Write(tasks, file, (task, images) => new()
    {
        ["prompt"] = Turns("user", Content(task)),
        ["completion"] = Turns("assistant", [Text(task.Lesson.Completion)]),
        ["images"] = images,
    });

    /// <summary>For TRL's GRPOTrainer: the conversational prompt-only form; the other columns reach the reward functions by name.</summary>
    /// <inheritdoc cref="TrlSft"/>
    public static void TrlGrpo(IEnumerable<RoutingTask> tasks, string file) => Write(tasks, file, (task, images) => new()
    {
        ["prompt"] = Turns("user", Content(task)),
        ["images"] = images,
        ["answers"] = Names(task.Context.Answers),
        ["path"] = Names(task.Context.Path),
        ["prior"] = task.Context.Prior,
        ["foreign"] = Names(task.Context.Foreign),
        ["length"] = task.Context.Length,
        ["entries"] = new JsonArray([.. task.Context.Entries
            .Select(e => new JsonObject { ["key"] = e.Note.Key, ["link"] = e.Note.Link, ["value"] = e.Note.Value, ["applies"] = e.Applies })]),
    });

    /// <summary>For LLaMA-Factory: its sharegpt form with OpenAI's role names, and the <c>dataset_info.json</c> that registers the file under its own
    /// name.</summary>
    /// <inheritdoc cref="TrlSft"/>
    /// <exception cref="InvalidDataException">A text holds one of LLaMA-Factory's placeholders; it would be taken for a picture, a film or a sound.</exception>
    public static void LlamaFactory(IEnumerable<RoutingTask> tasks, string file)
    {
        Write(tasks, file, (task, images) =>
        {
            Refuse(task, LlamaFactoryPlaceholders, "which LLaMA-Factory would take for its own placeholder");
            return new()
            {
                ["messages"] = new JsonArray(
                    new JsonObject { ["role"] = "user", ["content"] = (task.Question.Picture is null ? "" : Placeholder) + task.Question.Text },
                    new JsonObject { ["role"] = "assistant", ["content"] = task.Lesson.Completion }),
                ["images"] = images,
            };
        });
        var path = Path.Combine(Folder(file), "dataset_info.json");
        var info = Registered(path);
        info[Path.GetFileNameWithoutExtension(file)] = new JsonObject
        {
            ["file_name"] = Path.GetFileName(file), ["formatting"] = "sharegpt",
            ["columns"] = new JsonObject { ["messages"] = "messages", ["images"] = "images" },
            ["tags"] = new JsonObject { ["role_tag"] = "role", ["content_tag"] = "content", ["user_tag"] = "user", ["assistant_tag"] = "assistant" },
        };
        AtomicFile.WriteAllText(path, info.ToJsonString(new(Layout) { WriteIndented = true, NewLine = "\n" }) + "\n");
    }

    /// <summary>What the folder's file registers already: other sets stay.</summary>
    private static JsonObject Registered(string path)
    {
        if (!File.Exists(path)) return [];
        try { return JsonNode.Parse(File.ReadAllText(path))!.AsObject(); }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException)
        {
            throw new InvalidDataException($"{path}: expected a JSON object of data sets: {e.Message} Mend it or take it away.", e);
        }
    }

    private static void Write(IEnumerable<RoutingTask> tasks, string file, Func<RoutingTask, JsonArray, JsonObject> row)
    {
        Directory.CreateDirectory(Path.Combine(Folder(file), Images));
        AtomicFile.WriteAllText(file, string.Concat(tasks.Where(task => task.IsAnswerable).Select(task =>
        {
            Refuse(task, ["<|"], "with which special tokens begin: the engines' chat templates would let them through");
            return row(task, Pictures(task, Folder(file))).ToJsonString(Layout) + "\n";
        })));
    }

    private static void Refuse(RoutingTask task, string[] marks, string why)
    {
        if (marks.FirstOrDefault(mark =>
            task.Question.Text.Contains(mark, StringComparison.Ordinal) || task.Lesson.Completion.Contains(mark, StringComparison.Ordinal)) is { } mark)
            throw new InvalidDataException($"The task '{task.Question.Text}' holds '{mark}', {why}; take it out of the text.");
    }

    /// <summary>The picture's path beside the file; the same picture is written once.</summary>
    private static JsonArray Pictures(RoutingTask task, string folder)
    {
        if (task.Question.Picture is not { } picture) return [];
        var name = $"{Images}/{Convert.ToHexStringLower(SHA256.HashData(picture.Rgb))[..16]}.png";
        if (Path.Combine(folder, name) is var path && !File.Exists(path)) PictureFile.SavePng(picture, path);
        return [name];
    }

    private static JsonArray Content(RoutingTask task) =>
        task.Question.Picture is null ? [Text(task.Question.Text)] : [new JsonObject { ["type"] = "image" }, Text(task.Question.Text)];

    private static JsonObject Text(string text) => new() { ["type"] = "text", ["text"] = text };

    private static JsonArray Turns(string role, JsonArray content) => [new JsonObject { ["role"] = role, ["content"] = content }];

    private static JsonArray Names(IEnumerable<string> names) => new([.. names.Select(name => (JsonNode)name)]);

    private static string Folder(string file) => Path.GetDirectoryName(Path.GetFullPath(file))!;
}
