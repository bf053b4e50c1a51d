using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Crane.Core.Vision;

namespace Crane.Core.Benchmark.Importing;

/// <summary>Writes visual edits in VLKEB's form, so that EasyEdit and VLKEB's own code can run them: <c>eval.json</c> and the pictures as PNG. Textual edits,
/// and probes that need a second
/// edit, have no place there.</summary>
public static class VlkebExport
{
    private static readonly JsonSerializerOptions Layout = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true,
        NewLine = "\n" };

    /// <summary>Writes a folder.</summary>
    /// <param name="edits">Edits; those in words are left out.</param>
    /// <param name="pictures">Loads their pictures; degraded ones are written degraded.</param>
    /// <param name="folder">Gets eval.json and images/.</param>
    /// <returns>Number of records.</returns>
    public static int Write(IEnumerable<BenchmarkEdit> edits, BenchmarkPictures pictures, string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "images"));
        var records = edits.Where(edit => edit.Modality == Modality.Visual).Select(edit => Record(edit, reference => Save(pictures.Load(reference), folder)))
            .ToList();
        AtomicFile.WriteAllText(Path.Combine(folder, "eval.json"), JsonSerializer.Serialize(records, Layout) + "\n");
        return records.Count;
    }

    private static Dictionary<string, object> Record(BenchmarkEdit edit, Func<PictureRef, string> save)
    {
        Probe? First(string level) => edit.Probes.FirstOrDefault(probe => probe.Level == level && probe.EditIds.Length == 1);
        var record = new Dictionary<string, object>
        {
            ["src"] = edit.Question, ["pred"] = edit.OldAnswer, ["alt"] = edit.Target, ["rephrase"] = First(ProbeLevels.RephraseText)?.Question
                ?? edit.Question,
            ["image"] = save(edit.Picture!), ["image_rephrase"] = save(First(ProbeLevels.RephraseImage)?.Picture ?? edit.Picture!),
        };
        if (First(ProbeLevels.LocalityText) is { } text) (record["loc"], record["loc_ans"]) = (text.Question, text.Answer);
        if (First(ProbeLevels.LocalityImage) is { Picture: { } shown } image)
            (record["m_loc"], record["m_loc_q"], record["m_loc_a"]) = (save(shown), image.Question, image.Answer);
        // Portability is asked about the edit's own picture there.
        record["port_new"] = edit.Probes.Where(p => p.Level.StartsWith("multi-hop-", StringComparison.Ordinal) && p.EditIds.Length == 1
            && p.Picture == edit.Picture)
            .Select(p => new Dictionary<string,
                object> { ["port_type"] = $"{p.Level[^1]}-hop", ["Q&A"] = new Dictionary<string,
                string> { ["Question"] = p.Question, ["Answer"] = p.Answer } }).ToList();
        return record;
    }

    /// <summary>Saves a picture under the hash of its pixels, once.</summary>
    private static string Save(Picture picture, string folder)
    {
        var file = $"images/{Convert.ToHexStringLower(SHA256.HashData(picture.Rgb))[..16]}-{picture.Width}x{picture.Height}.png";
        var path = Path.Combine(folder, file);
        if (!File.Exists(path)) AtomicFile.WriteAllBytes(path, PictureFile.ToPng(picture));
        return file;
    }
}
