using System.Text.Json;
using System.Text.Json.Nodes;
using Crane.Core.Training;
using Crane.Core.Training.Grpo;
using Crane.Core.Training.Sft;

namespace Crane.Core.Tests.Training.Grpo;

/// <summary>Every field of TRL's configs is here with its default, or stands below with the reason why not.</summary>
public class ConfigDefaultsTests
{
    private static readonly (string Reason, string Names)[] LeftOut =
    [
        ("one optimiser, AdamW; its fused kernel is a matter of speed", "optim optim_args optim_target_modules"),
        ("one process on one device", "average_tokens_across_devices ddp_find_unused_parameters ddp_bucket_cap_mb ddp_broadcast_buffers ddp_static_graph "
            + "ddp_backend ddp_timeout fsdp fsdp_config deepspeed "
            + "parallelism_config accelerator_config local_rank ds3_gather_for_generation log_on_each_node save_on_each_node eval_use_gather_object"),
        ("the element type is the loaded model's; TorchSharp has no autocast", "bf16 fp16 bf16_full_eval fp16_full_eval tf32 cast_lm_head_to_fp32"),
        ("checkpointing has one kind", "activation_checkpointing activation_checkpointing_kwargs gradient_checkpointing_kwargs activation_offloading"),
        ("no compiler and no fused kernels on this platform",
            "torch_compile torch_compile_backend torch_compile_mode use_liger_kernel liger_kernel_config cache_implementation"),
        ("the KV cache is always on in generation and off in training", "use_cache"),
        ("not part of either method", "neftune_noise_alpha router_aux_loss_coef"),
        ("memory and batch size are the caller's", "torch_empty_cache_steps auto_find_batch_size skip_memory_metrics"),
        ("logs are records, ILogger and IProgress", "logging_strategy logging_nan_inf_filter include_num_input_tokens_seen log_level log_level_replica "
            + "disable_tqdm report_to project debug log_multimodal num_completions_to_print log_unique_prompts"),
        ("rollouts always go to rollouts.jsonl of the run's folder", "log_completions"),
        ("evaluation is a call (GrpoEvaluation), not a schedule", "eval_strategy eval_steps eval_delay per_device_eval_batch_size prediction_loss_only "
            + "eval_on_start eval_do_concat_batches eval_accumulation_steps include_for_metrics batch_eval_metrics eval_packing do_train do_eval do_predict"),
        ("one checkpoint is kept, and going on is what Run does in a folder", "save_only_model save_strategy save_total_limit enable_jit_checkpoint "
            + "load_best_model_at_end metric_for_best_model greater_is_better ignore_data_skip "
            + "restore_callback_states_from_checkpoint resume_from_checkpoint"),
        ("runs are deterministic on CPU; one seed", "full_determinism data_seed use_cpu"),
        ("data come as rows in memory", "dataloader_drop_last dataloader_num_workers dataloader_pin_memory dataloader_persistent_workers "
            + "dataloader_prefetch_factor dataloader_multiprocessing_context dataloader_in_order "
            + "remove_unused_columns label_names train_sampling_strategy length_column_name dataset_text_field dataset_kwargs dataset_num_proc"),
        ("the model, its tokenizer and its template come loaded",
            "model_init_kwargs trust_remote_code chat_template_path chat_template_kwargs eos_token pad_token"),
        ("dropout acts only in adapters: set lora_dropout to 0", "disable_dropout"),
        ("padding has no multiple", "pad_to_multiple_of"),
        ("sampling has its fields", "generation_kwargs"),
        ("no vLLM inside the process; another sampler is an IRolloutSource", "use_vllm vllm_mode vllm_model_impl vllm_enable_sleep_mode "
            + "vllm_structured_outputs_regex vllm_server_base_url vllm_server_host vllm_server_port vllm_server_timeout "
            + "vllm_group_port vllm_gpu_memory_utilization vllm_max_model_length vllm_tensor_parallel_size use_transformers_continuous_batching "
                + "transformers_continuous_batching_config use_transformers_paged"),
        ("the old name of vllm_importance_sampling_clip_max", "vllm_importance_sampling_cap"),
        ("the reference does not move", "sync_ref_model ref_model_mixup_alpha ref_model_sync_steps"),
        ("no tools are called", "max_tool_calling_iterations"),
    ];

    /// <summary>Fields that TRL does not have. Their default must leave everything as it is there.</summary>
    private static readonly string[] Own = ["sort_in_step"];

    [Fact]
    public void OwnFields_ByDefault_AreOff() => Assert.All(Own, name => Assert.False(new SftConfig().ToJson()[name]!.GetValue<bool>()));

    public static TheoryData<string> Configs() => ["grpo", "sft"];

    [Theory, Trait("Category", "Golden"), MemberData(nameof(Configs))]
    public void Fields_OfACrane_HaveTrlsDefaultsOrAReason(string which)
    {
        TrainingConfig config = which == "grpo" ? new GrpoConfig() : new SftConfig();
        var trl = JsonDocument.Parse(File.ReadAllText(GrpoGolden.Folder($"{which}_config_defaults.json"))).RootElement.GetProperty("all_fields");
        var own = config.ToJson();
        var left = LeftOut.SelectMany(group => group.Names.Split(' ')).ToHashSet();
        var undecided = trl.EnumerateObject().Select(p => p.Name)
            .Where(name => !own.ContainsKey(name) && !left.Contains(name) && !(which == "grpo" && name == "label_smoothing_factor")).ToList();
        Assert.True(undecided.Count == 0, $"TRL has {string.Join(", ", undecided)}; Crane has neither the field nor a reason.");
        foreach (var (name, value) in own.Where(field => !Own.Contains(field.Key)))
        {
            Assert.DoesNotContain(name, left);
            Assert.True(trl.TryGetProperty(name, out var expected), $"TRL has no {name}.");
            Assert.True(JsonNode.DeepEquals(Normal(JsonNode.Parse(expected.GetRawText())), Normal(value)),
                $"{name}: TRL's default is {expected.GetRawText()}, Crane's {value?.ToJsonString() ?? "null"}.");
        }
    }

    public static TheoryData<GrpoConfig, string[]> Contradictions() => new()
    {
        { new() { GenerationBatchSize = 16, StepsPerGeneration = 2 }, ["generation_batch_size (16)", "steps_per_generation (2)"] },
        { new() { GenerationBatchSize = 12 }, ["generation_batch_size (12)", "per_device_train_batch_size (8)"] },
        { new() { PerDeviceTrainBatchSize = 6, NumGenerations = 4 }, ["per_device_train_batch_size 6", "num_generations (4)"] },
        { new() { NumGenerations = 1 }, ["num_generations", "is 1"] },
        { new() { VllmImportanceSamplingClipMin = 4 }, ["clip_min (4)", "clip_max (3)"] },
        { new() { UseAdaptiveEntropy = true, EntropyCoef = 2 }, ["entropy_coef (2)", "entropy_coef_max (1)"] },
        { new() { LossType = "ppo" }, ["loss_type is 'ppo'", "dapo"] },
        { new() { ScaleRewards = "std" }, ["scale_rewards is 'std'", "group"] },
        { new() { ImportanceSamplingLevel = "word" }, ["importance_sampling_level is 'word'", "sequence"] },
        { new() { MultiObjectiveAggregation = "max" }, ["multi_objective_aggregation is 'max'"] },
        { new() { TopEntropyQuantile = 1.5 }, ["top_entropy_quantile is 1.5"] },
        { new() { Temperature = 0 }, ["temperature is 0"] },
        { new() { LrSchedulerType = "sine" }, ["lr_scheduler_type is 'sine'", "cosine"] },
        { new() { GradientAccumulationSteps = 0 }, ["gradient_accumulation_steps is 0"] },
        { new() { Epsilon = double.NaN }, ["epsilon is NaN"] },
        { new() { AdamBeta1 = 1 }, ["adam_beta1 is 1", "below 1"] },
        { new() { AdamBeta2 = -0.1 }, ["adam_beta2 is -0.1"] },
        { new() { AdamEpsilon = double.NaN }, ["adam_epsilon is NaN"] },
        { new() { EpsilonHigh = -0.1 }, ["epsilon_high is -0.1"] },
        { new() { Delta = 0 }, ["delta is 0"] },
        { new() { TopP = 1.2 }, ["top_p is 1.2"] },
        { new() { TopK = -1 }, ["top_k is -1"] },
        { new() { MinP = 2 }, ["min_p is 2"] },
        { new() { RepetitionPenalty = 0 }, ["repetition_penalty is 0"] },
        { new() { NumGenerationsEval = 0 }, ["num_generations_eval is 0"] },
        { new() { RewardWeights = [1, double.NaN] }, ["reward_weights is [1, NaN]"] },
    };

    [Theory, MemberData(nameof(Contradictions))]
    public void Checked_Contradiction_NamesFieldsAndValues(GrpoConfig config, string[] said)
    {
        var message = Assert.Throws<ArgumentException>(config.Checked).Message;
        Assert.All(said, part => Assert.Contains(part, message));
    }

    [Fact]
    public void Checked_SftContradictions_NameFieldsAndValues()
    {
        Assert.Contains("max_length is null", Assert.Throws<ArgumentException>(new SftConfig { Packing = true, MaxLength = null }.Checked).Message);
        var both = Assert.Throws<ArgumentException>(new SftConfig { LossType = "dft", LabelSmoothingFactor = 0.1 }.Checked).Message;
        Assert.Contains("label_smoothing_factor (0.1)", both);
        Assert.Contains("'dft'", both);
        Assert.Contains("truncation_mode is 'middle'", Assert.Throws<ArgumentException>(new SftConfig { TruncationMode = "middle" }.Checked).Message);
    }

    /// <summary>1 and 1.0 are one number.</summary>
    private static JsonNode? Normal(JsonNode? value) => value is JsonValue number && number.GetValueKind() == JsonValueKind.Number
        ? JsonValue.Create(double.Parse(number.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture)) : value?.DeepClone();
}
