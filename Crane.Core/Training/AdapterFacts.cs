using System.Text.Json.Nodes;
using Crane.Core.Model.Adapters;

namespace Crane.Core.Training;

/// <summary>What a checkpoint must share with the adapter that is trained. Base and tensors do not say it: another <c>lora_alpha</c> fits the same
/// tensors.</summary>
internal static class AdapterFacts
{
    /// <summary>Facts of a run with those of its adapter; without an adapter as they are.</summary>
    public static JsonObject With(this JsonObject facts, PeftModel? adapter)
    {
        if (adapter is null) return facts;
        foreach (var (name, lora) in adapter.ActiveAdapters.Select(name => (name, adapter.Adapters[name].Config)))
            facts[$"adapter.{name}"] = new JsonObject
            {
                ["r"] = lora.R, ["lora_alpha"] = lora.LoraAlpha, ["lora_dropout"] = lora.LoraDropout, ["target_modules"] = lora.TargetModules.ToString(),
                ["use_rslora"] = lora.UseRslora, ["use_dora"] = lora.UseDora,
            };
        return facts;
    }
}
