using Crane.Core.Vision;
using Microsoft.Extensions.AI;

namespace Crane.Core.Memory;

/// <summary>How a memory searches.</summary>
/// <param name="Visual">Gate of the visual library.</param>
/// <param name="Textual">Gate of the textual library.</param>
/// <param name="Top">Candidates of each ranking, at least 2 so that the gate sees twins.</param>
public sealed record MemoryOptions(Gate Visual, Gate Textual, int Top = 10);

/// <summary>The two libraries with their router. The picture queries the visual library. The model's own chain, read without any edit, gives the queries of the
/// textual one, a sentence each; where an entry is found, its sentence takes the place of the model's and the chain is read on from there, so that edits
/// compose. Where the chain ends with a thing of which nothing was asked, the question is put once more to the entries for which the model has no
/// words.</summary>
/// <remarks>It follows the library by itself: an entry revoked there is not found here from the next look-up on. One look-up at a time.</remarks>
public sealed class EditMemory
{
    private const int MostSentences = 8;

    private readonly EditLibrary library;
    private readonly IEmbeddingGenerator<Picture, Embedding<float>> pictures;
    private readonly IEmbeddingGenerator<string, Embedding<float>> sentences;
    private readonly MemoryOptions options;
    private readonly QuestionReader? read;
    private readonly LibraryIndex visual, textual;
    private readonly SemaphoreSlim turn = new(1);

    /// <summary>A memory over a library.</summary>
    /// <param name="library">Holds the entries; stays the caller's.</param>
    /// <param name="pictures">Makes keys and queries of pictures; stays the caller's.</param>
    /// <param name="sentences">Makes keys and queries of sentences; stays the caller's.</param>
    /// <param name="options">Gates and sizes.</param>
    /// <param name="read">Lets the model read questions (<see cref="ChainReader"/>), or null: the textual library is asked with the question alone, and visual
    /// entries
    /// are told apart by their pictures alone.</param>
    /// <param name="createIndex">Makes an empty index of a dimension for a library; null: <see cref="FlatIndex"/>.</param>
    public EditMemory(EditLibrary library, IEmbeddingGenerator<Picture, Embedding<float>> pictures, IEmbeddingGenerator<string, Embedding<float>> sentences,
        MemoryOptions options,
        QuestionReader? read = null, Func<Modality, int, IVectorIndex>? createIndex = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Top, 2);
        (this.library, this.pictures, this.sentences, this.options, this.read) = (library, pictures, sentences, options, read);
        createIndex ??= (_, dimension) => new FlatIndex(dimension);
        visual = new(Modality.Visual, dimension => createIndex(Modality.Visual, dimension), (entries, _) =>
            throw new InvalidOperationException($"Visual entry '{entries[0].Id}' has no key, so no picture can find it; add visual entries through EditMemory.AddAsync with their picture."));
        textual = new(Modality.Textual, dimension => createIndex(Modality.Textual, dimension), (entries, cancellationToken) =>
            KeysAsync(sentences, [.. entries.Select(e => e.Sentence)], cancellationToken));
    }

    /// <summary>Adds an entry with the key that finds it.</summary>
    /// <param name="entry">See <see cref="AddAsync(IReadOnlyList{ValueTuple{EditEntry, Picture}}, CancellationToken)"/>.</param>
    /// <param name="picture">The picture of a visual entry; null for a textual one.</param>
    /// <param name="cancellationToken">Passed to reader and encoder.</param>
    public async Task<EditEntry> AddAsync(EditEntry entry, Picture? picture = null, CancellationToken cancellationToken = default) =>
        (await AddAsync([(entry, picture)], cancellationToken))[0];

    /// <summary>Adds entries with the keys that find them and, where there is a reader, what the model itself says of their question.</summary>
    /// <param name="entries">Each with its picture if it is visual, with null if it is textual. A missing old belief is filled with the model's answer.</param>
    /// <param name="cancellationToken">Passed to reader and encoders.</param>
    /// <exception cref="ArgumentException">Modality and picture do not fit, or see <see cref="EditLibrary.Add"/>; nothing is added then if a field is at
    /// fault.</exception>
    public async Task<IReadOnlyList<EditEntry>> AddAsync(IReadOnlyList<(EditEntry Entry, Picture? Picture)> entries,
        CancellationToken cancellationToken = default)
    {
        foreach (var (entry, picture) in entries)
        {
            if (entry.Modality is Modality.Visual != picture is not null)
                throw new ArgumentException($"Entry '{entry.Id}' is {entry.Modality.ToString().ToLowerInvariant()} and comes {(picture is null ? "without" : "with")} a picture; visual entries need one, textual ones have none.", nameof(entries));
            entry.Checked();
        }
        var readings = read is null ? null : await read([.. entries.Select(e => new ReadingRequest(e.Entry.Question, e.Picture))], cancellationToken);
        EditEntry[] known = [.. entries.Select((e, i) => readings is null ? e.Entry : e.Entry.WithReading(readings[i]))];
        var (seen, said) = (known.Zip(entries, (e, given) => given.Picture).OfType<Picture>().ToList(), known.Where(e => e.Modality is Modality.Textual)
            .Select(e => e.Sentence).ToList());
        var (pictureKeys, sentenceKeys) = (new Queue<float[]>(await KeysAsync(pictures, seen, cancellationToken)),
            new Queue<float[]>(await KeysAsync(sentences, said, cancellationToken)));
        return [.. known.Select(e => library.Add(e with { Key = e.Modality is Modality.Visual ? pictureKeys.Dequeue() : sentenceKeys.Dequeue() }))];
    }

    /// <summary>Looks up what the memory has to say to a question.</summary>
    /// <returns>Every query with its candidates and decision, and the entries to bring.</returns>
    public async Task<LookUp> LookUpAsync(string question, Picture? picture = null, CancellationToken cancellationToken = default) =>
        (await LookUpAsync([new(question, picture)], cancellationToken))[0];

    /// <summary>The same of many questions at once: they are read and encoded in batches.</summary>
    /// <param name="questions">Any number.</param>
    /// <param name="cancellationToken">Passed on to encoders, reader and indexes.</param>
    /// <returns>One look-up a question, in their order.</returns>
    public async Task<IReadOnlyList<LookUp>> LookUpAsync(IReadOnlyList<MemoryQuestion> questions, CancellationToken cancellationToken = default)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            var now = library.Now;
            await visual.SyncAsync(now, cancellationToken);
            await textual.SyncAsync(now, cancellationToken);
            Walk[] walks = [.. questions.Select(q => new Walk(q))];
            await ReadAsync(walks, cancellationToken);
            await SeeAsync([.. walks.Where(w => w.Question.Picture is not null)], cancellationToken);
            while (walks.Where(w => !w.Ended).ToArray() is { Length: > 0 } open)
            {
                await ReadAsync([.. open.Where(w => w.Begun is not null)], cancellationToken);
                await AskAsync([.. open.Where(w => !w.Ended)], cancellationToken);
            }
            await AskOfTheLastAsync([.. walks.Where(w => textual.HasUnread && w.EndsUnasked)], cancellationToken);
            return [.. walks.Select(w => w.Result())];
        }
        finally { turn.Release(); }
    }

    private async Task ReadAsync(IReadOnlyList<Walk> walks, CancellationToken cancellationToken)
    {
        if (read is null || walks.Count == 0) return;
        var readings = await read([.. walks.Select(w => new ReadingRequest(w.Question.Text, w.Question.Picture, w.Begun ?? ""))], cancellationToken);
        foreach (var (walk, reading) in walks.Zip(readings)) walk.Take(reading);
    }

    private async Task SeeAsync(IReadOnlyList<Walk> walks, CancellationToken cancellationToken)
    {
        var keys = await KeysAsync(pictures, [.. walks.Select(w => w.Question.Picture!)], cancellationToken);
        foreach (var (walk, key) in walks.Zip(keys))
        {
            var found = await visual.FindAsync(key, null, walk.Evidence(0), options.Top, unreadAlone: false, cancellationToken);
            walk.Add(new(Modality.Visual, walk.Sentence(0) ?? $"picture of {walk.Question.Picture!.Width} × {walk.Question.Picture.Height}", found,
                options.Visual.Decide(found)));
        }
    }

    private Task AskAsync(IReadOnlyList<Walk> walks, CancellationToken cancellationToken) =>
        AskAsync([.. walks.Select(w => (w, w.Query, w.Evidence(w.At)))], unreadAlone: false, cancellationToken);

    /// <summary>A chain may end with the thing that the question goes on to ask about: the model has no words for the rest, but an entry may have
    /// them.</summary>
    private Task AskOfTheLastAsync(IReadOnlyList<Walk> walks, CancellationToken cancellationToken) =>
        AskAsync([.. walks.Select(w => (w, w.QueryOfTheLast, w.Evidence(w.At - 1)))], unreadAlone: true, cancellationToken);

    private async Task AskAsync(IReadOnlyList<(Walk Walk, string Query, QueryEvidence Evidence)> asked, bool unreadAlone, CancellationToken cancellationToken)
    {
        var keys = await KeysAsync(sentences, [.. asked.Select(a => a.Query)], cancellationToken);
        foreach (var ((walk, query, evidence), key) in asked.Zip(keys))
        {
            var found = await textual.FindAsync(key, query, evidence, options.Top, unreadAlone, cancellationToken);
            if (!unreadAlone || found.Count > 0) walk.Add(new(Modality.Textual, query, found, options.Textual.Decide(found)));
        }
    }

    private static async Task<IReadOnlyList<float[]>> KeysAsync<T>(IEmbeddingGenerator<T, Embedding<float>> encoder, IReadOnlyList<T> values,
        CancellationToken cancellationToken) =>
        values.Count == 0 ? [] : [.. (await encoder.GenerateAsync(values, cancellationToken: cancellationToken)).Select(e => e.Vector.ToArray())];

    /// <summary>A question on its way through the libraries.</summary>
    private sealed class Walk(MemoryQuestion question)
    {
        private readonly List<LookUpStep> steps = [];
        private Reading? reading;
        private EditEntry? edited;
        private string given = "";

        public MemoryQuestion Question { get; } = question;

        /// <summary>The sentence of the reading that is looked up next.</summary>
        public int At { get; private set; }

        /// <summary>What the chain has to be read on from, or null while the reading holds.</summary>
        public string? Begun { get; private set; }

        public string? Sentence(int at) => at < reading?.Sentences.Count ? reading.Sentences[at] : null;

        /// <summary>A reading without a sentence leaves the question itself, which is asked once.</summary>
        public bool Ended => Begun is null
            && (At >= MostSentences || (reading is null || reading.Sentences.Count == 0 ? steps.Any(s => s.Library is Modality.Textual)
            : At >= reading.Sentences.Count));

        public string Query => $"{Question.Text} {Sentence(At) ?? edited?.NewValue}".TrimEnd();

        /// <summary>Whether the chain ends with a thing of which nothing was asked: what the picture shows, or what an entry has put there.</summary>
        public bool EndsUnasked => Sentence(At - 1) is not null && (steps[^1].Library is Modality.Visual || steps[^1].Decision.Entry is { IsUnread: false });

        public string QueryOfTheLast => $"{Question.Text} {Sentence(At - 1)}";

        public void Take(Reading next) => (reading, Begun) = (next, null);

        public QueryEvidence Evidence(int at) => new(Question.Text, Sentence(at), reading?.Confidence ?? 0, given);

        public void Add(LookUpStep step)
        {
            steps.Add(step);
            var sentence = At++;
            if (step.Decision.Entry is not { } entry) return;
            edited = entry;
            if (reading is null) return;
            var said = entry.ChainAfter(Question.Text);
            given = $"{given} {said}".TrimStart();
            // What follows was thought of the old entity; a chain that ends here has nothing to go on to.
            string[] before = [.. reading.Sentences.Take(sentence), said];
            if (reading.Sentences.Count > sentence + 1) Begun = string.Join(' ', before);
            else reading = reading with { Sentences = before };
        }

        public LookUp Result() =>
            new(Question.Text, reading?.Sentences ?? [], steps, [.. steps.Select(s => s.Decision.Entry).OfType<EditEntry>().DistinctBy(e => e.Id)]);
    }
}
