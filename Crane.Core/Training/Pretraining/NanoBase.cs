using System.Text.Json;
using Crane.Core.Benchmark;
using Crane.Core.Model;
using Crane.Core.Text;
using Crane.Core.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Training.Pretraining;

/// <summary>Makes the nano checkpoint from nothing: sizes and tokenizer of <c>data/nano</c>, pre-training, exam, model card.</summary>
public static class NanoBase
{
    private const int QuestionsPerTopic = 200;
    private static readonly string[] Settings = ["config.json", "tokenizer.json", "tokenizer_config.json", "preprocessor_config.json", "generation_config.json",
        "chat_template.jinja"];
    private static readonly JsonSerializerOptions Layout = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true,
        NewLine = "\n" };

    /// <summary>Runs everything. A run that was killed goes on from its last checkpoint in <c>training/</c> of the folder.</summary>
    /// <param name="settings">Folder with config, tokenizer and picture settings; null: data/nano.</param>
    /// <param name="output">Where the checkpoint goes.</param>
    /// <param name="config">Rates, sizes and seed.</param>
    /// <param name="progress">One report a step, then a batch of the exam.</param>
    /// <param name="cancellationToken">Ends the training with a checkpoint.</param>
    /// <exception cref="OperationCanceledException">Cancelled; the next call goes on.</exception>
    public static void Make(string? settings, string output, PretrainingConfig config, IProgress<ProgressUpdate>? progress = null,
        CancellationToken cancellationToken = default)
    {
        NativeTorch.Ensure();
        settings ??= DataFolder.Of("nano");
        Directory.CreateDirectory(output);
        if (Path.GetFullPath(settings) != Path.GetFullPath(output))
            foreach (var name in Settings) File.Copy(Path.Combine(settings, name), Path.Combine(output, name), overwrite: true);
        var world = NanoWorld.Load();
        var history = Train(output, world, config, progress, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        using var trained = VisionLanguageModel.Load(output, cancellationToken: cancellationToken);
        var results = Sit(trained, world, config.Seed, progress, cancellationToken);
        AtomicFile.WriteAllText(Path.Combine(output, "exam.json"), JsonSerializer.Serialize(results, Layout) + "\n");
        AtomicFile.WriteAllText(Path.Combine(output, "README.md"), ModelCard.Write(trained.Model, history, results, config));
    }

    private static IReadOnlyList<StepRecord> Train(string output, NanoWorld world, PretrainingConfig config, IProgress<ProgressUpdate>? progress,
        CancellationToken cancellationToken)
    {
        var tokenizer = QwenTokenizer.Load(output);
        var encoder = new RowEncoder(tokenizer, new PromptEncoder(tokenizer, new ImageProcessor(ImageProcessorConfig.Load(output))));
        var stream = new LessonStream(encoder, Curriculum.Lessons(world), Curriculum.Nano, config.BatchSize, config.Seed);
        manual_seed(config.Seed);
        using var model = new QwenVl(QwenVlConfig.Load(output));
        var folder = Path.Combine(output, "training");
        var history = Pretrainer.Run(model, encoder, stream, config, new TrainingFolder(folder), progress, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        Checkpoint.Save(model, output);
        TrainingFolder.WriteHistory(Path.Combine(output, "history.jsonl"), history);
        return history;
    }

    private static ExamReport[] Sit(VisionLanguageModel model, NanoWorld world, int seed, IProgress<ProgressUpdate>? progress,
        CancellationToken cancellationToken) =>
        [.. ((bool[])[false, true]).SelectMany(heldOut =>
        {
            var questions = Exam.Questions(world, seed, QuestionsPerTopic, heldOut);
            var scores = Exam.Mark(questions, Exam.Sit(model, questions, progress, cancellationToken));
            return scores.Select(s => new ExamReport(s.Topic, heldOut ? "held out" : "trained", s.Right.Successes, s.Valid.Successes, s.Right.Trials));
        })];
}

/// <summary>A topic of the exam, as <c>exam.json</c> holds it.</summary>
/// <param name="Topic">What was tested.</param>
/// <param name="Phrasings">"trained" or "held out".</param>
/// <param name="Right">Right answers.</param>
/// <param name="Valid">Completions of valid form.</param>
/// <param name="Questions">Out of how many.</param>
public sealed record ExamReport(string Topic, string Phrasings, int Right, int Valid, int Questions);
