using Crane.Core.Vision;
using Microsoft.Extensions.AI;

namespace Crane.Core.Memory;

/// <summary>How a memory searches.</summary>
/// <param name="Visual">Gate of the visual library.</param>
/// <param name="Textual">Gate of the textual library.</param>
/// <param name="Top">Candidates of each ranking, at least 2 so that the gate sees twins.</param>
public sealed record MemoryOptions(Gate Visual, Gate Textual, int Top = 10);

/// <summary>The two libraries with their router: the picture queries the visual library; the question and what the picture is recognised as query the textual
/// one; what a visual edit puts in the picture's place queries it again, so that edits compose.</summary>
/// <remarks>It follows the library by itself: an entry revoked there is not found here from the next look-up on. One look-up at a time.</remarks>
public sealed class EditMemory
{
    private readonly EditLibrary library;
    private readonly IEmbeddingGenerator<Picture, Embedding<float>> pictures;
    private readonly IEmbeddingGenerator<string, Embedding<float>> sentences;
    private readonly MemoryOptions options;
    private readonly Recogniser? recognise;
    private readonly LibraryIndex visual, textual;
    private readonly SemaphoreSlim turn = new(1);

    /// <summary>A memory over a library.</summary>
    /// <param name="library">Holds the entries; stays the caller's.</param>
    /// <param name="pictures">Makes keys and queries of pictures; stays the caller's.</param>
    /// <param name="sentences">Makes keys and queries of sentences; stays the caller's.</param>
    /// <param name="options">Gates and sizes.</param>
    /// <param name="recognise">Reads pictures, or null: the textual library is asked with the question alone.</param>
    /// <param name="createIndex">Makes an empty index of a dimension for a library; null: <see cref="FlatIndex"/>.</param>
    public EditMemory(EditLibrary library, IEmbeddingGenerator<Picture, Embedding<float>> pictures, IEmbeddingGenerator<string, Embedding<float>> sentences, MemoryOptions options,
        Recogniser? recognise = null, Func<Modality, int, IVectorIndex>? createIndex = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Top, 2);
        (this.library, this.pictures, this.sentences, this.options, this.recognise) = (library, pictures, sentences, options, recognise);
        createIndex ??= (_, dimension) => new FlatIndex(dimension);
        visual = new(Modality.Visual, dimension => createIndex(Modality.Visual, dimension), (entries, _) =>
            throw new InvalidOperationException($"Visual entry '{entries[0].Id}' has no key, so no picture can find it; add visual entries through EditMemory.AddAsync with their picture."));
        textual = new(Modality.Textual, dimension => createIndex(Modality.Textual, dimension), async (entries, cancellationToken) =>
            [.. (await sentences.GenerateAsync(entries.Select(e => e.Sentence), cancellationToken: cancellationToken)).Select(e => e.Vector.ToArray())]);
    }

    /// <summary>Adds an entry with the key that finds it.</summary>
    /// <param name="entry">Without a key.</param>
    /// <param name="picture">The picture of a visual entry; null for a textual one.</param>
    /// <param name="cancellationToken">Passed to the encoder.</param>
    /// <exception cref="ArgumentException">Modality and picture do not fit, or see <see cref="EditLibrary.Add"/>.</exception>
    public async Task<EditEntry> AddAsync(EditEntry entry, Picture? picture = null, CancellationToken cancellationToken = default)
    {
        if (entry.Modality is Modality.Visual != picture is not null)
            throw new ArgumentException($"Entry '{entry.Id}' is {entry.Modality.ToString().ToLowerInvariant()} and comes {(picture is null ? "without" : "with")} a picture; visual entries need one, textual ones have none.", nameof(picture));
        entry.Checked();
        return library.Add(entry with { Key = picture is null ? await KeyAsync(sentences, entry.Sentence, cancellationToken) : await KeyAsync(pictures, picture, cancellationToken) });
    }

    /// <summary>Looks up what the memory has to say to a question.</summary>
    /// <param name="question">The question.</param>
    /// <param name="picture">Its picture, or null.</param>
    /// <param name="cancellationToken">Passed on to encoders, recogniser and indexes.</param>
    /// <returns>Every query with its candidates and decision, and the entries to bring.</returns>
    public async Task<LookUp> LookUpAsync(string question, Picture? picture = null, CancellationToken cancellationToken = default)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            var now = library.Now;
            await visual.SyncAsync(now, cancellationToken);
            await textual.SyncAsync(now, cancellationToken);
            var steps = new List<LookUpStep>();
            var edited = picture is null ? null : await SeeAsync(picture, steps, cancellationToken);
            var recognised = picture is null || recognise is null ? [] : await recognise(picture, cancellationToken);
            // What the edit says the picture no longer shows must not bring edits about it.
            var stands = recognised.Where(name => edited is null || !string.Equals(name, edited.OldBelief, StringComparison.OrdinalIgnoreCase));
            await AskAsync(Join([question, .. stands]), steps, cancellationToken);
            if (edited is not null) await AskAsync(Join([question, edited.NewValue]), steps, cancellationToken);
            return new(question, recognised, steps, [.. steps.Select(s => s.Decision.Entry).OfType<EditEntry>().DistinctBy(e => e.Id)]);
        }
        finally { turn.Release(); }
    }

    private async Task<EditEntry?> SeeAsync(Picture picture, List<LookUpStep> steps, CancellationToken cancellationToken)
    {
        var found = await visual.FindAsync(await KeyAsync(pictures, picture, cancellationToken), null, options.Top, cancellationToken);
        steps.Add(new(Modality.Visual, $"picture of {picture.Width} × {picture.Height}", found, options.Visual.Decide(found)));
        return steps[^1].Decision.Entry;
    }

    private async Task AskAsync(string query, List<LookUpStep> steps, CancellationToken cancellationToken)
    {
        var found = await textual.FindAsync(await KeyAsync(sentences, query, cancellationToken), query, options.Top, cancellationToken);
        steps.Add(new(Modality.Textual, query, found, options.Textual.Decide(found)));
    }

    private static async Task<float[]> KeyAsync<T>(IEmbeddingGenerator<T, Embedding<float>> encoder, T value, CancellationToken cancellationToken) =>
        (await encoder.GenerateAsync([value], cancellationToken: cancellationToken))[0].Vector.ToArray();

    private static string Join(IEnumerable<string> parts) => string.Join(' ', parts);
}
