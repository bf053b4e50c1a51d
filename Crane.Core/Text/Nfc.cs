using System.Globalization;
using System.Text;

namespace Crane.Core.Text;

/// <summary>
/// Normalisation form C (Unicode Standard Annex 15), from an own table. <see cref="string.Normalize()"/> does nothing where .NET runs without ICU,
/// and token ids must not depend on what is installed.
/// </summary>
internal static class Nfc
{
    private const int SBase = 0xAC00, LBase = 0x1100, VBase = 0x1161, TBase = 0x11A7, LCount = 19, VCount = 21, TCount = 28, SCount = LCount * VCount * TCount;
    private static readonly Dictionary<int, byte> Classes = [];
    private static readonly Dictionary<int, int[]> Decompositions = [];
    private static readonly Dictionary<(int, int), int> Compositions = [];
    private static readonly HashSet<int> MayChange = [];

    static Nfc()
    {
        using var reader = new StreamReader(typeof(Nfc).Assembly.GetManifestResourceStream("Crane.Core.Text.UnicodeNormalization.txt")!);
        while (reader.ReadLine() is { } line)
        {
            var fields = line.Split(' ');
            if (fields[0] is "c") ReadClass(Hex(fields[1]), Hex(fields[2]), byte.Parse(fields[3], CultureInfo.InvariantCulture));
            else if (fields[0] is "d" or "x") ReadDecomposition(Hex(fields[1]), [.. fields[2..].Select(Hex)], composes: fields[0] is "d");
        }
    }

    /// <summary>The text with every character composed as far as it goes. Surrogates without their other half become U+FFFD.</summary>
    public static string Normalize(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', '\u02FF')) return text;
        var runes = text.EnumerateRunes().Select(rune => rune.Value).ToList();
        if (!runes.Exists(rune => rune == Rune.ReplacementChar.Value || MayChange.Contains(rune) || rune is >= VBase and < TBase + TCount)) return text;
        var parts = new List<int>(runes.Count + 8);
        foreach (var rune in runes) Decompose(rune, parts);
        Order(parts);
        return Compose(parts);
    }

    /// <summary>Normalisation form D: every character taken apart as far as it goes, accents as marks of their own.</summary>
    public static string Decompose(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', '\u007F')) return text;
        var parts = new List<int>(text.Length + 8);
        foreach (var rune in text.EnumerateRunes()) Decompose(rune.Value, parts);
        Order(parts);
        return string.Concat(parts.Select(char.ConvertFromUtf32));
    }

    private static void ReadClass(int first, int last, byte value)
    {
        for (var rune = first; rune <= last; rune++) { Classes[rune] = value; MayChange.Add(rune); }
    }

    private static void ReadDecomposition(int rune, int[] parts, bool composes)
    {
        Decompositions[rune] = parts;
        if (!composes) { MayChange.Add(rune); return; }
        Compositions[(parts[0], parts[1])] = rune;
        MayChange.Add(parts[1]);
    }

    private static void Decompose(int rune, List<int> parts)
    {
        if (rune - SBase is >= 0 and < SCount and var s)
        {
            parts.AddRange([LBase + s / (VCount * TCount), VBase + s % (VCount * TCount) / TCount]);
            if (s % TCount != 0) parts.Add(TBase + s % TCount);
        }
        else if (Decompositions.TryGetValue(rune, out var pair)) foreach (var part in pair) Decompose(part, parts);
        else parts.Add(rune);
    }

    // Marks move before marks of a higher class; nothing moves over a starter (class 0). Equal classes keep their order.
    private static void Order(List<int> parts)
    {
        for (var i = 1; i < parts.Count; i++)
        {
            var (rune, rank, to) = (parts[i], Class(parts[i]), i);
            if (rank == 0) continue;
            for (; to > 0 && Class(parts[to - 1]) > rank; to--) parts[to] = parts[to - 1];
            parts[to] = rune;
        }
    }

    private static string Compose(List<int> parts)
    {
        var (done, starter) = (new List<int>(parts.Count), -1);
        foreach (var rune in parts)
        {
            var blocked = starter >= 0 && starter < done.Count - 1 && (Class(done[^1]) >= Class(rune) || Class(done[^1]) == 0);
            if (starter >= 0 && !blocked && Composed(done[starter], rune) is { } composed) { done[starter] = composed; continue; }
            if (Class(rune) == 0) starter = done.Count;
            done.Add(rune);
        }
        var text = new StringBuilder(done.Count);
        foreach (var rune in done) text.Append(new Rune(rune).ToString());
        return text.ToString();
    }

    private static int? Composed(int first, int second) =>
        first - LBase is >= 0 and < LCount and var l && second - VBase is >= 0 and < VCount and var v ? SBase + (l * VCount + v) * TCount
        : first - SBase is >= 0 and < SCount and var s && s % TCount == 0 && second - TBase is > 0 and < TCount and var t ? first + t
        : Compositions.TryGetValue((first, second), out var composed) ? composed : null;

    private static byte Class(int rune) => Classes.GetValueOrDefault(rune);

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
