using System.Text.Encodings.Web;
using System.Text.Json;
using Crane.Core.Vision;

namespace Crane.Core.Benchmark.Importing;

/// <summary>Writes edits in MMEVOKE's form: <c>evaluation.jsonl</c> with the questions that show a picture, <c>injection.json</c> with the texts that inject
/// their knowledge, and the pictures.</summary>
public static class EvokeExport
{
    private static readonly JsonSerializerOptions Layout = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a folder.</summary>
    /// <param name="edits">Edits; probes in words, and those that an edit must not change, have no place there.</param>
    /// <param name="pictures">Loads their pictures.</param>
    /// <param name="folder">Gets both files and images/.</param>
    /// <returns>Number of questions.</returns>
    public static int Write(IEnumerable<BenchmarkEdit> edits, BenchmarkPictures pictures, string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "images"));
        var asked = edits.SelectMany(edit => edit.Probes.Where(probe => probe.Picture is not null && !ProbeLevels.IsLocality(probe.Level))
            .Select(probe => (Edit: edit, Probe: probe))).ToList();
        var questions = asked.Select((item, i) => JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["question_id"] = item.Probe.Id, ["image"] = Save(pictures.Load(item.Probe.Picture!), folder, i), ["text"] = item.Probe.Question
                + "\nAnswer the question using a single word or phrase.",
            ["category"] = item.Edit.Kind, ["answer"] = (string[])[item.Probe.Answer, .. item.Probe.Aliases], ["type"] = item.Edit.Subject,
                ["cnn_wiki_type"] = "wiki", ["ground_truth"] = (int[])[i],
        }, Layout) + "\n");
        AtomicFile.WriteAllText(Path.Combine(folder, "evaluation.jsonl"), string.Concat(questions));
        var knowledge = asked.Select((item, i) => new Dictionary<string, object>
        {
            ["image"] = $"images/{i:00000}.png",
            ["conversations"] = (Dictionary<string, string>[])[new() { ["from"] = "human", ["value"] = "What is new about this?" },
                new() { ["from"] = "gpt", ["value"] = item.Edit.Statement }],
        });
        AtomicFile.WriteAllText(Path.Combine(folder, "injection.json"), JsonSerializer.Serialize(knowledge, Layout) + "\n");
        return asked.Count;
    }

    private static string Save(Picture picture, string folder, int number)
    {
        var file = $"images/{number:00000}.png";
        AtomicFile.WriteAllBytes(Path.Combine(folder, file), PictureFile.ToPng(picture));
        return file;
    }
}
