using System.Text.Json.Nodes;
using Crane.Core.Model;
using Crane.Core.Tests.Benchmark;
using Crane.Core.Training.Pretraining;
using Crane.Core.Training.Routing;
using Crane.Core.Vision;

namespace Crane.Core.Tests.Training.Routing;

/// <summary>The forms that TRL (dataset_formats) and LLaMA-Factory (data/README.md) document.</summary>
public sealed class RoutingExportTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    [Fact]
    public void TrlSft_RowsAreConversationalPromptCompletionWithImages() => Assert.All(Rows(RoutingExport.TrlSft, out var tasks).Zip(tasks), pair =>
    {
        var (row, task) = pair;
        Assert.Equal(["prompt", "completion", "images"], row.Select(p => p.Key));
        AssertTurn(row["prompt"]!, "user", task.Question.Text, task.Question.Picture is not null);
        AssertTurn(row["completion"]!, "assistant", task.Lesson.Completion, false);
        AssertPictures(row, task);
    });

    [Fact]
    public void TrlGrpo_RowsArePromptOnlyWithTheColumnsThatRewardsRead() => Assert.All(Rows(RoutingExport.TrlGrpo, out var tasks).Zip(tasks), pair =>
    {
        var (row, task) = pair;
        Assert.Equal(["prompt", "images", "answers", "path", "prior", "foreign", "length", "entries"], row.Select(p => p.Key));
        AssertTurn(row["prompt"]!, "user", task.Question.Text, task.Question.Picture is not null);
        Assert.Equal(task.Context.Answers, row["answers"]!.AsArray().Select(a => (string)a!));
        Assert.Equal(task.Context.Entries,
            row["entries"]!.AsArray().Select(e => new MemoryEntry(new((string)e!["key"]!, (string)e["link"]!, (string)e["value"]!), (bool)e["applies"]!)));
        AssertPictures(row, task);
    });

    [Fact]
    public void LlamaFactory_RowsAreShareGptWithOnePlaceholderAPicture_AndAreRegistered()
    {
        Assert.All(Rows(RoutingExport.LlamaFactory, out var tasks).Zip(tasks), pair =>
        {
            var (row, task) = pair;
            var turns = row["messages"]!.AsArray();
            Assert.Equal(["user", "assistant"], turns.Select(t => (string)t!["role"]!));
            Assert.Equal(row["images"]!.AsArray().Count, ((string)turns[0]!["content"]!).Split("<image>").Length - 1);
            Assert.Equal(task.Lesson.Completion, (string)turns[1]!["content"]!);
            AssertPictures(row, task);
        });
        var info = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "dataset_info.json")))!["crane"]!;
        Assert.Equal("crane.jsonl", (string)info["file_name"]!);
        Assert.Equal("sharegpt", (string)info["formatting"]!);
        Assert.Equal(["role", "content", "user", "assistant"], info["tags"]!.AsObject().Select(t => (string)t.Value!));
    }

    [Theory]
    [InlineData("<image>")]
    [InlineData("<video>")]
    [InlineData("<audio>")]
    public void LlamaFactory_APlaceholderInTheText_IsRefused(string placeholder)
    {
        var task = new RoutingTask("text/attribute/no-memory", new($"What is {placeholder}?"), new([], ["x"], ["x"], null, [], 1), "x", "x");
        Assert.Contains($"'{placeholder}'",
            Assert.Throws<InvalidDataException>(() => RoutingExport.LlamaFactory([task], Path.Combine(folder, "bad.jsonl"))).Message);
        Assert.False(File.Exists(Path.Combine(folder, "bad.jsonl")));
    }

    [Fact]
    public void LlamaFactory_AnotherSetOfTheFolder_StaysRegistered()
    {
        var task = new RoutingTask("text/attribute/no-memory", new("What?"), new([], ["x"], ["x"], null, [], 1), "x", "x");
        var info = Path.Combine(folder, "dataset_info.json");
        File.WriteAllText(info, "{ \"theirs\": { \"file_name\": \"theirs.json\" } }");
        foreach (var name in (string[])["one", "two", "one"]) RoutingExport.LlamaFactory([task], Path.Combine(folder, name + ".jsonl"));
        Assert.Equal(["theirs", "one", "two"], JsonNode.Parse(File.ReadAllText(info))!.AsObject().Select(p => p.Key));
        File.WriteAllText(info, "[1");
        Assert.Contains(info, Assert.Throws<InvalidDataException>(() => RoutingExport.LlamaFactory([task], Path.Combine(folder, "one.jsonl"))).Message);
        Assert.Equal("[1", File.ReadAllText(info));
    }

    public static TheoryData<string> Forms() => ["trl-sft", "trl-grpo", "llama-factory"];

    [Theory, MemberData(nameof(Forms))]
    public void Rows_OfEachForm_FollowTheDocumentedSchema(string form)
    {
        var rows = Rows(Writer(form), out _);
        var check = new ExportSchema(form, folder);
        foreach (var (i, row) in rows.Index()) Assert.Empty(check.Errors(row).Select(error => $"row {i}: {error}"));
        Assert.Empty(check.ColumnErrors(rows));
        if (form == "llama-factory") Assert.Empty(check.InfoErrors(Path.Combine(folder, "dataset_info.json"), rows[0]));
    }

    [Fact]
    public void Schema_OfDamagedRows_Complains()
    {
        var row = Rows(RoutingExport.LlamaFactory, out _).First(r => r["images"]!.AsArray().Count == 1);
        var check = new ExportSchema("llama-factory", folder);
        string Broken(Action<JsonObject> damage)
        {
            var copy = row.DeepClone().AsObject();
            damage(copy);
            return Assert.Single(check.Errors(copy));
        }
        Assert.Contains("'images' has 0 paths for 1 placeholders", Broken(r => r["images"] = new JsonArray()));
        Assert.Contains("is not there", Broken(r => r["images"] = new JsonArray("images/none.png")));
        Assert.Contains("relative", Broken(r => r["images"] = new JsonArray(Path.Combine(folder, (string)row["images"]![0]!))));
        Assert.Contains("message 1 is by 'user'", Broken(r => r["messages"]![1]!["role"] = "user"));
        Assert.Contains("'messages' is missing", Broken(r => r.Remove("messages")));
        Assert.Contains("unknown column 'extra'", Broken(r => r["extra"] = 1));
    }

    [Fact]
    public void Schema_OfDamagedTrlRows_Complains()
    {
        var rows = Rows(RoutingExport.TrlGrpo, out _);
        var row = rows.First(r => r["images"]!.AsArray().Count == 1);
        var check = new ExportSchema("trl-grpo", folder);
        JsonObject Damaged(Action<JsonObject> damage)
        {
            var copy = row.DeepClone().AsObject();
            damage(copy);
            return copy;
        }
        Assert.Contains("1 paths for 0 placeholders", Assert.Single(check.Errors(Damaged(r => r["prompt"]![0]!["content"]!.AsArray().RemoveAt(0)))));
        Assert.Contains("part 0 is of type 'picture'", check.Errors(Damaged(r => r["prompt"]![0]!["content"]![0]!["type"] = "picture")).First());
        Assert.Contains("part 1 has no text", Assert.Single(check.Errors(Damaged(r => r["prompt"]![0]!["content"]![1]!.AsObject().Remove("text")))));
        Assert.Contains("'length' is String", Assert.Single(check.ColumnErrors([Damaged(r => r["length"] = "long")])));
    }

    [Theory, MemberData(nameof(Forms))]
    public void Write_SpecialTokensInATask_AreRefused(string form)
    {
        var task = new RoutingTask("text/attribute/no-memory", new("What is <|im_end|>?"), new([], ["x"], ["x"], null, [], 1), "x", "x");
        var file = Path.Combine(folder, "bad.jsonl");
        Assert.Contains("'<|'", Assert.Throws<InvalidDataException>(() => Writer(form)([task], file)).Message);
        Assert.False(File.Exists(file));
    }

    private static Action<IEnumerable<RoutingTask>, string> Writer(string form) =>
        form switch { "trl-sft" => RoutingExport.TrlSft, "trl-grpo" => RoutingExport.TrlGrpo, _ => RoutingExport.LlamaFactory };

    private List<JsonObject> Rows(Action<IEnumerable<RoutingTask>, string> write, out List<RoutingTask> tasks)
    {
        var pool = RoutingPool.Of(Worlds.Nano, "train");
        var lessons = new RoutingLessons(Worlds.Nano, pool, new(new LookUps(Worlds.Nano.World, pool.Others)));
        List<RoutingTask> all = [.. Enumerable.Range(0, 80).Select(i => lessons.Next(Seeds.Random(9, i)))];
        tasks = [.. all.Where(task => task.IsAnswerable)];
        var file = Path.Combine(folder, "crane.jsonl");
        write(all, file);
        var rows = File.ReadLines(file).Select(line => JsonNode.Parse(line)!.AsObject()).ToList();
        Assert.Equal(tasks.Count, rows.Count);
        return rows;
    }

    private static void AssertTurn(JsonNode turns, string role, string text, bool image)
    {
        var turn = Assert.Single(turns.AsArray())!;
        Assert.Equal(role, (string)turn["role"]!);
        Assert.Equal(image ? ["image", "text"] : ["text"], turn["content"]!.AsArray().Select(part => (string)part!["type"]!));
        Assert.Equal(text, (string)turn["content"]!.AsArray()[^1]!["text"]!);
    }

    private void AssertPictures(JsonObject row, RoutingTask task)
    {
        var images = row["images"]!.AsArray();
        Assert.Equal(task.Question.Picture is null ? 0 : 1, images.Count);
        if (task.Question.Picture is { } picture) Assert.Equal(picture.Rgb, PictureFile.Load(Path.Combine(folder, (string)images[0]!)).Rgb);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
