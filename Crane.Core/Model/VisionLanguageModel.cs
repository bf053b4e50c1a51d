using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Crane.Core.Model.Generation;
using Crane.Core.Text;
using Crane.Core.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Model;

/// <summary>A question, with or without a picture.</summary>
/// <param name="Text">The user's words; nothing in them becomes a special token.</param>
/// <param name="Picture">Shown before the words, or null.</param>
public sealed record Question(string Text, Picture? Picture = null);

/// <summary>What the model said.</summary>
/// <param name="Text">Its whole turn, special tokens left out; what the chat template wrote of it (<see cref="PromptForm.Opened"/>) is part of it.</param>
/// <param name="Tokens">The tokens and why they ended.</param>
public sealed record Completion(string Text, GeneratedTokens Tokens);

/// <summary>A checkpoint with all that is needed to talk to it: model, tokenizer, picture processor, generation settings.</summary>
/// <remarks>One caller at a time: generation runs on the caller's thread and libtorch's.</remarks>
public sealed class VisionLanguageModel : IDisposable
{
    private readonly PromptEncoder prompts;

    private VisionLanguageModel(QwenVl model, QwenTokenizer tokenizer, ImageProcessor processor, PromptForm form, GenerationConfig generation) =>
        (Model, Tokenizer, Processor, Generation, prompts) = (model, tokenizer, processor, generation, new PromptEncoder(tokenizer, processor, form));

    /// <summary>The network.</summary>
    public QwenVl Model { get; }

    /// <summary>Text to tokens and back.</summary>
    public QwenTokenizer Tokenizer { get; }

    /// <summary>Pictures to patches.</summary>
    public ImageProcessor Processor { get; }

    /// <summary>Limits and choices when none are given.</summary>
    public GenerationConfig Generation { get; init; }

    /// <summary>Questions to tokens.</summary>
    public PromptEncoder Prompts => prompts;

    /// <summary>Loads a Hugging Face folder: config.json, model.safetensors, tokenizer.json, preprocessor_config.json, generation_config.json, and the chat
    /// template.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="type">Element type of the weights; null: float32.</param>
    /// <param name="device">null: CPU.</param>
    /// <param name="progress">One report a tensor.</param>
    /// <param name="cancellationToken">Checked at every tensor.</param>
    /// <exception cref="InvalidDataException">A file is damaged, or files do not belong together; the message names file, field or tensor.</exception>
    public static VisionLanguageModel Load(string folder, ScalarType? type = null, Device? device = null, IProgress<ProgressUpdate>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var config = QwenVlConfig.Load(folder);
        var tokenizer = QwenTokenizer.Load(folder);
        tokenizer.CheckFits(config.Text.VocabSize, folder);
        var processor = new ImageProcessor(ImageProcessorConfig.Load(folder));
        if (processor.Config.PatchSize != config.Vision.PatchSize || processor.Config.MergeSize != config.Vision.SpatialMergeSize)
            throw new InvalidDataException($"{folder}: preprocessor_config.json cuts patches of {processor.Config.PatchSize} joined by {processor.Config.MergeSize}, config.json asks for {config.Vision.PatchSize} and {config.Vision.SpatialMergeSize}.");
        var form = PromptForm.Load(folder, config.Architecture);
        return new(Checkpoint.Load(folder, type, device, progress, cancellationToken), tokenizer, processor, form, GenerationConfig.Load(folder));
    }

    /// <summary>Answers a batch of questions.</summary>
    /// <param name="questions">At least one.</param>
    /// <param name="config">null: <see cref="Generation"/>.</param>
    /// <param name="seed">Fixes the draws when sampling.</param>
    /// <param name="onToken">Called with (row, token) as they are written, or null.</param>
    /// <param name="cancellationToken">Checked before each token.</param>
    public IReadOnlyList<Completion> Generate(IReadOnlyList<Question> questions, GenerationConfig? config = null, int seed = 0,
        Action<int, int>? onToken = null, CancellationToken cancellationToken = default) =>
        GenerateSeeded(questions, [.. questions.Select((_, row) => Seeds.Mix(seed, row))], config, onToken, cancellationToken);

    /// <summary>Answers a batch of questions, each with draws of its own: what a question gets does not depend on the others in the batch.</summary>
    /// <param name="questions">At least one.</param>
    /// <param name="seeds">One a question, for sampling.</param>
    /// <param name="config">null: <see cref="Generation"/>.</param>
    /// <param name="onToken">Called with (row, token) as they are written, or null.</param>
    /// <param name="cancellationToken">Checked before each token.</param>
    public IReadOnlyList<Completion> GenerateSeeded(IReadOnlyList<Question> questions, IReadOnlyList<int> seeds, GenerationConfig? config = null,
        Action<int, int>? onToken = null, CancellationToken cancellationToken = default)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var written = TokenGenerator.GenerateSeeded(Model, prompts.Batch(questions).To(Model.Device), config ?? Generation, seeds, onToken, cancellationToken);
        return [.. written.Select(tokens => new Completion(prompts.Form.Opened + Tokenizer.Decode(tokens.Ids, skipSpecialTokens: true), tokens))];
    }

    /// <summary>Answers one question.</summary>
    public Completion Ask(string text, Picture? picture = null, GenerationConfig? config = null) => Generate([new(text, picture)], config)[0];

    /// <summary>Answers one question and hands out the text while it is written; a character cut between tokens waits for its rest.</summary>
    /// <param name="question">The question.</param>
    /// <param name="config">null: <see cref="Generation"/>.</param>
    /// <param name="seed">Fixes the draws when sampling.</param>
    /// <param name="cancellationToken">Stops the model before its next token.</param>
    public async IAsyncEnumerable<string> Stream(Question question, GenerationConfig? config = null, int seed = 0,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var channel = Channel.CreateUnbounded<int>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var work = Task.Run(() =>
        {
            try { Generate([question], config, seed, (_, token) => channel.Writer.TryWrite(token), stop.Token); }
            finally { channel.Writer.Complete(); }
        }, CancellationToken.None);
        var text = new TextStream(Tokenizer, skipSpecialTokens: true);
        try
        {
            if (prompts.Form.Opened.Length > 0) yield return prompts.Form.Opened;
            await foreach (var token in channel.Reader.ReadAllAsync(cancellationToken))
                if (text.Push(token) is { Length: > 0 } piece) yield return piece;
            await work;
            if (text.Finish() is { Length: > 0 } rest) yield return rest;
        }
        finally
        {
            await stop.CancelAsync();
            await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);   // whoever left early may use or dispose the model next
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}
