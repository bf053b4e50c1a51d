using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crane.Core.Model.Adapters;

/// <summary><c>adapter_config.json</c> with the fields of PEFT 0.21. Fields of kinds that the kit lacks are written as PEFT's defaults; a file in which one
/// of them is set is refused rather than misread.</summary>
internal static class AdapterConfigJson
{
    private static readonly JsonSerializerOptions Layout =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    /// <summary>Fields that change what an adapter computes and that the kit does not know.</summary>
    private static readonly string[] Unknown =
    [
        "alora_invocation_tokens", "arrow_config", "kasa_config", "layer_replication", "megatron_config", "monteclora_config", "target_parameters",
        "trainable_token_indices", "use_bdlora", "velora_config", "use_qalora", "lora_bias", "fan_in_fan_out",
    ];

    /// <summary>Reads a file.</summary>
    public static LoraConfig Read(string path)
    {
        var fields = JsonFields.ReadFile(path);
        if (fields.Text("peft_type", "LORA") is not "LORA" and var type)
            throw new InvalidDataException($"{path}: peft_type is '{type}'; only LORA (with rsLoRA and DoRA) can be loaded.");
        foreach (var name in Unknown)
            if (fields.Element(name) is { } value && !IsUnset(value))
                throw new InvalidDataException($"{path}: field '{name}' is {value.GetRawText()}, a kind of adapter that cannot be loaded.");
        var config = new LoraConfig
        {
            R = fields.Int("r", 8),
            LoraAlpha = fields.Double("lora_alpha", 8),
            LoraDropout = fields.Double("lora_dropout", 0),
            TargetModules = Names(fields, "target_modules")
                ?? throw new InvalidDataException($"{path}: field 'target_modules' is missing; it names the adapted modules."),
            ExcludeModules = Names(fields, "exclude_modules"),
            Bias = fields.Text("bias", "none")!,
            UseRslora = fields.Bool("use_rslora", false),
            UseDora = fields.Bool("use_dora", false),
            ModulesToSave = [.. Names(fields, "modules_to_save") ?? []],
            InitLoraWeights = Initialiser(fields),
            LayersToTransform = fields.Has("layers_to_transform") ? fields.Ints("layers_to_transform") : null,
            LayersPattern = Names(fields, "layers_pattern") is { } patterns ? patterns.Pattern is { } one ? [one] : [.. patterns] : [],
            RankPattern = Pairs(fields, "rank_pattern", value => value.GetInt32()),
            AlphaPattern = Pairs(fields, "alpha_pattern", value => value.GetDouble()),
            TaskType = fields.Text("task_type", null),
            BaseModelNameOrPath = fields.Text("base_model_name_or_path", null),
        };
        try { return config.Checked(); }
        catch (ArgumentException e) { throw new InvalidDataException($"{path}: {e.Message}", e); }
    }

    /// <summary>The file, its fields in the order of their names.</summary>
    public static string Write(LoraConfig config)
    {
        var fields = new Dictionary<string, JsonNode?>
        {
            ["alpha_pattern"] = new JsonObject(config.AlphaPattern.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)Number(pair.Value)))),
            ["auto_mapping"] = null,
            ["base_model_name_or_path"] = config.BaseModelNameOrPath,
            ["bias"] = config.Bias,
            ["corda_config"] = null,
            ["ensure_weight_tying"] = false,
            ["eva_config"] = null,
            ["exclude_modules"] = config.ExcludeModules is null ? null : Node(config.ExcludeModules),
            ["inference_mode"] = true,
            ["init_lora_weights"] = config.InitLoraWeights switch { "true" => true, "false" => false, var name => name },
            ["layers_pattern"] = config.LayersPattern.Count == 0 ? null : new JsonArray([.. config.LayersPattern.Select(name => (JsonNode)name)]),
            ["layers_to_transform"] = config.LayersToTransform is null ? null : new JsonArray([.. config.LayersToTransform.Select(layer => (JsonNode)layer)]),
            ["loftq_config"] = new JsonObject(),
            ["lora_alpha"] = Number(config.LoraAlpha),
            ["lora_dropout"] = config.LoraDropout,
            ["lora_ga_config"] = null,
            ["megatron_core"] = "megatron.core",
            ["modules_to_save"] = config.ModulesToSave.Count == 0 ? null : new JsonArray([.. config.ModulesToSave.Select(name => (JsonNode)name)]),
            ["peft_type"] = "LORA",
            ["peft_version"] = "0.21.2",   // whose fields these are
            ["qalora_group_size"] = 16,
            ["r"] = config.R,
            ["rank_pattern"] = new JsonObject(config.RankPattern.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
            ["revision"] = null,
            ["target_modules"] = Node(config.TargetModules),
            ["task_type"] = config.TaskType,
            ["use_dora"] = config.UseDora,
            ["use_rslora"] = config.UseRslora,
        };
        foreach (var name in Unknown) fields[name] = name is "use_qalora" or "lora_bias" or "fan_in_fan_out" ? JsonValue.Create(false) : null;
        return new JsonObject(fields.OrderBy(pair => pair.Key, StringComparer.Ordinal)).ToJsonString(Layout) + "\n";
    }

    private static JsonNode Node(ModuleNames names) => names.Pattern is { } pattern ? pattern : new JsonArray([.. names.Select(name => (JsonNode)name)]);

    /// <summary>A whole number without its point, as Python writes an int.</summary>
    private static JsonValue Number(double value) =>
        value == Math.Floor(value) && Math.Abs(value) < 1e15 ? JsonValue.Create((long)value) : JsonValue.Create(value);

    private static bool IsUnset(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };

    private static string Initialiser(JsonFields fields) => fields.Element("init_lora_weights") switch
    {
        null or { ValueKind: JsonValueKind.True } => "true",
        { ValueKind: JsonValueKind.False } => "false",
        { } value => value.ToString(),
    };

    private static ModuleNames? Names(JsonFields fields, string name) => fields.Element(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => value.GetString()!,
        { ValueKind: JsonValueKind.Array } list when list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) =>
            [.. list.EnumerateArray().Select(item => item.GetString()!)],
        { } other => throw new InvalidDataException($"{fields.Where}: field '{name}' must be text or a list of texts, found {other.GetRawText()}."),
    };

    private static KeyValuePair<string, T>[] Pairs<T>(JsonFields fields, string name, Func<JsonElement, T> read)
    {
        if (fields.Element(name) is not { } value) return [];
        try { return [.. value.EnumerateObject().Select(pair => KeyValuePair.Create(pair.Name, read(pair.Value)))]; }
        catch (Exception e) when (e is InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{fields.Where}: field '{name}' must map names to numbers, found {value.GetRawText()}.", e);
        }
    }
}
