using System.Text.Json;
using System.Text.Json.Nodes;
using Crane.Core.Model;

namespace Crane.Core.Tests.Training;

/// <summary>The tiny text models of the stored runs, as checkpoint folders.</summary>
internal static class TinyModel
{
    /// <summary>Reads weights beside a run whose <c>model_config</c> gives the sizes.</summary>
    public static TextModel Load(string weights, string run)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(run));
        var config = JsonNode.Parse(document.RootElement.GetProperty("model_config").GetRawText())!.AsObject();
        config["max_position_embeddings"] = 512;
        var folder = Directory.CreateTempSubdirectory().FullName;
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        SafeTensors.Write(Path.Combine(folder, "model.safetensors"), SafeTensors.ReadAll(weights).Where(t => !t.Key.Contains("lora_"))
            .Select(t => KeyValuePair.Create(Plain(t.Key), t.Value)));
        try { return Checkpoint.LoadText(folder); }
        finally { Directory.Delete(folder, recursive: true); }
    }

    /// <summary>A name without what PEFT puts around it.</summary>
    public static string Plain(string name) => name.Replace("base_model.model.", "").Replace(".base_layer", "");
}
