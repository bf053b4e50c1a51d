using System.Text.RegularExpressions;

namespace Crane.Core.Memory;

/// <summary>A formula of the BM25 family; the first three as the Python package rank-bm25 0.2.2 computes them.</summary>
/// <param name="Name">okapi, plus, l, lucene.</param>
/// <param name="K1">Saturation of repeated words, at least 0.</param>
/// <param name="B">How much long documents are held back, 0..1.</param>
/// <param name="Idf">Weight of a word, from the number of documents and of those that hold it.</param>
/// <param name="Weight">Weight of a word in a document: (frequency, relative length 1 − b + b·length/average) → number.</param>
/// <param name="NegativeIdf">What a negative idf becomes, times the average idf (the negative ones included); null: negative ones stay.</param>
public sealed record Bm25Variant(string Name, double K1, double B, Func<int, int, double> Idf, Func<double, double, double> Weight, double? NegativeIdf = null)
{
    /// <summary>Robertson's formula: ln((N − n + ½) / (n + ½)) · f(k₁ + 1) / (f + k₁·length).</summary>
    public static Bm25Variant Okapi(double k1 = 1.5, double b = 0.75, double epsilon = 0.25) =>
        new("okapi", k1, b, (all, n) => Math.Log(all - n + 0.5) - Math.Log(n + 0.5), (f, length) => f * (k1 + 1) / (f + k1 * length), epsilon);

    /// <summary>BM25+: a word that occurs adds at least δ: ln((N + 1) / n) · (δ + f(k₁ + 1) / (f + k₁·length)).</summary>
    public static Bm25Variant Plus(double k1 = 1.5, double b = 0.75, double delta = 1) =>
        new("plus", k1, b, (all, n) => Math.Log((all + 1.0) / n), (f, length) => delta + f * (k1 + 1) / (f + k1 * length));

    /// <summary>BM25L as rank-bm25 has it, f · ln((N + 1) / (n + ½)) · (k₁ + 1)(c + δ) / (k₁ + c + δ), c = f / length; the factor f is not in the
    /// paper.</summary>
    public static Bm25Variant L(double k1 = 1.5, double b = 0.75, double delta = 0.5) =>
        new("l", k1, b, (all, n) => Math.Log(all + 1.0) - Math.Log(n + 0.5), (f, length) => f * (k1 + 1) * (f / length + delta) / (k1 + f / length + delta));

    /// <summary>Lucene's: ln(1 + (N − n + ½) / (n + ½)) · f(k₁ + 1) / (f + k₁·length). Its idf is above 0 in the smallest libraries too, where Okapi's is 0 or
    /// less.</summary>
    public static Bm25Variant Lucene(double k1 = 1.2, double b = 0.75) =>
        new("lucene", k1, b, (all, n) => Math.Log(1 + (all - n + 0.5) / (n + 0.5)), (f, length) => f * (k1 + 1) / (f + k1 * length));
}

/// <summary>Ranks sentences by the words they share with a query. Safe for many readers and one writer at a time.</summary>
/// <remarks>rank-bm25 lets BM25+ give a document something for a word it lacks; so does this.</remarks>
public sealed partial class Bm25Index(Bm25Variant? variant = null)
{
    private readonly Lock gate = new();
    private readonly Bm25Variant formula = variant ?? Bm25Variant.Okapi();
    private readonly SortedDictionary<long, Document> documents = [];
    private readonly Dictionary<string, long> orders = [];
    private readonly Dictionary<string, Dictionary<long, int>> postings = [];   // word → document → frequency
    private Dictionary<string, double>? idf;
    private long added, words;

    private sealed record Document(string Id, int Length, IReadOnlyCollection<string> Words);

    /// <summary>Documents in the index.</summary>
    public int Count { get { lock (gate) return documents.Count; } }

    /// <summary>Words a document on average; 0 when empty.</summary>
    public double AverageLength { get { lock (gate) return documents.Count == 0 ? 0 : (double)words / documents.Count; } }

    /// <summary>Words as the index counts them: lower case, letters and digits.</summary>
    public static string[] Words(string text) => [.. Word().Matches(text.ToLowerInvariant()).Select(match => match.Value)];

    /// <summary>The same as they are written.</summary>
    internal static IEnumerable<string> WrittenWords(string text) => Word().Matches(text).Select(match => match.Value);

    /// <summary>Adds a text.</summary>
    /// <exception cref="ArgumentException">The id is there already.</exception>
    public void Add(string id, string text) => Add(id, Words(text));

    /// <summary>Adds a document of words.</summary>
    /// <exception cref="ArgumentException">The id is there already.</exception>
    public void Add(string id, IReadOnlyList<string> document)
    {
        lock (gate)
        {
            if (!orders.TryAdd(id, added)) throw new ArgumentException($"The index already has a document '{id}'; remove it first.", nameof(id));
            var frequencies = document.CountBy(word => word).ToList();
            foreach (var (word, frequency) in frequencies)
            {
                if (!postings.TryGetValue(word, out var list)) postings.Add(word, list = []);
                list.Add(added, frequency);
            }
            documents.Add(added++, new(id, document.Count, [.. frequencies.Select(f => f.Key)]));
            (words, idf) = (words + document.Count, null);
        }
    }

    /// <summary>Takes a document out.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(string id)
    {
        lock (gate)
        {
            if (!orders.Remove(id, out var order)) return false;
            documents.Remove(order, out var document);
            foreach (var word in document!.Words)
            {
                postings[word].Remove(order);
                if (postings[word].Count == 0) postings.Remove(word);
            }
            (words, idf) = (words - document.Length, null);
            return true;
        }
    }

    /// <summary>The weight of a word of the index; null for a word that no document holds.</summary>
    public double? Idf(string word)
    {
        lock (gate) return Weights().TryGetValue(word, out var weight) ? weight : null;
    }

    /// <summary>The score of every document, in the order in which they were added. A repeated word counts repeatedly, an unknown one not at all.</summary>
    public IReadOnlyList<Hit> Scores(IReadOnlyList<string> query)
    {
        lock (gate)
        {
            var scores = Score(query);
            return [.. documents.Select(d => new Hit(d.Value.Id, scores.GetValueOrDefault(d.Key)))];
        }
    }

    /// <summary>The best documents with a score above 0, equal ones in the order in which they were added.</summary>
    public IReadOnlyList<Hit> Search(string query, int top)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        lock (gate)
            return [.. Score(Words(query)).Where(s => s.Value > 0).OrderByDescending(s => s.Value).ThenBy(s => s.Key).Take(top)
                .Select(s => new Hit(documents[s.Key].Id, s.Value))];
    }

    private Dictionary<long, double> Score(IReadOnlyList<string> query)
    {
        var (weights, scores) = (Weights(), new Dictionary<long, double>());
        var average = documents.Count == 0 ? 1 : (double)words / documents.Count;
        var absentCounts = formula.Weight(0, 1) != 0;
        foreach (var word in query)
        {
            if (!postings.TryGetValue(word, out var holders)) continue;
            foreach (var order in absentCounts ? documents.Keys : (IEnumerable<long>)holders.Keys)
            {
                var length = 1 - formula.B + formula.B * documents[order].Length / average;
                scores[order] = scores.GetValueOrDefault(order) + weights[word] * formula.Weight(holders.GetValueOrDefault(order), length);
            }
        }
        return scores;
    }

    private Dictionary<string, double> Weights()
    {
        if (idf is not null) return idf;
        var fresh = postings.ToDictionary(p => p.Key, p => formula.Idf(documents.Count, p.Value.Count));
        if (formula.NegativeIdf is { } share && fresh.Count > 0)
        {
            var floor = share * fresh.Values.Average();
            foreach (var (word, weight) in fresh.Where(w => w.Value < 0).ToList()) fresh[word] = floor;
        }
        return idf = fresh;
    }

    [GeneratedRegex(@"[^\W_]+")]
    private static partial Regex Word();
}
