using System.Text.Json;
using Crane.Core.Model;
using Crane.Core.Model.Adapters;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Model.Adapters;

/// <summary>One stored adapter: its folder and what PEFT computed with it.</summary>
internal sealed class PeftCase
{
    private readonly Dictionary<string, Tensor> inputs = SafeTensors.ReadAll(Golden.File("peft", "inputs.safetensors"));

    public PeftCase(string name)
    {
        Folder = Golden.File("peft", name);
        Values = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "values.json"))).RootElement;
        Tensors = SafeTensors.ReadAll(Path.Combine(Folder, "values.safetensors"));
    }

    public string Folder { get; }

    public JsonElement Values { get; }

    public IReadOnlyDictionary<string, Tensor> Tensors { get; }

    public Tensor BaseLogits => inputs["base_logits"];

    public Tensor Labels => inputs["labels"];

    public ModelInput Input => new() { InputIds = inputs["input_ids"], AttentionMask = inputs["attention_mask"] };

    /// <summary>1 where a token counts, <c>[batch, length, 1]</c>.</summary>
    public Tensor Keep => inputs["attention_mask"].unsqueeze(-1).to(float32);

    /// <summary>The names of all stored adapters.</summary>
    public static IEnumerable<string> Names() =>
        Directory.GetDirectories(Golden.File("peft")).Where(folder => File.Exists(Path.Combine(folder, "adapter_config.json")))
        .Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal);

    public static TextModel Base() => Checkpoint.LoadText(Golden.File("peft", "base"));

    /// <summary>Where the base's weights come with other values than PEFT leaves them when an adapter is switched off.</summary>
    public static bool PeftKeepsBiases(LoraConfig config) => config.Bias != "none";

    public static void AssertRelative(string what, double expected, double found, double tolerance) =>
        Assert.True(Math.Abs(expected - found) <= tolerance * Math.Max(Math.Abs(expected), 1e-3), $"{what}: expected {expected:g7}, found {found:g7}.");
}
