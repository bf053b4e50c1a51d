using System.Text.Json;

namespace Crane.Core.Tests;

/// <summary>A JSON object of reference values that remembers what was compared: a key that no test looks at fails the test.</summary>
internal sealed class GoldenRecord(JsonElement element, string where)
{
    private readonly HashSet<string> read = [];
    private readonly List<GoldenRecord> children = [];

    public static GoldenRecord Open(params string[] parts)
    {
        var path = Golden.File(parts);
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        return new(document.RootElement.Clone(), path);
    }

    /// <summary>A row per element of a list of objects, for theories.</summary>
    public static TheoryData<int, string> Cases(string file, string list = "cases")
    {
        var data = new TheoryData<int, string>();
        var i = 0;
        foreach (var item in Open(file.Split('/')).List(list)) data.Add(i++, item.Has("name") ? item.Text("name") : list);
        Assert.NotEmpty(data);
        return data;
    }

    public static GoldenRecord Case(string file, int index, string list = "cases") => Open(file.Split('/')).List(list)[index];

    public JsonElement this[string key]
    {
        get
        {
            Assert.True(element.TryGetProperty(key, out var value), $"{where}: there is no '{key}'.");
            read.Add(key);
            return value;
        }
    }

    public IEnumerable<string> Keys => element.EnumerateObject().Select(property => property.Name);

    public bool Has(string key) => element.TryGetProperty(key, out _);

    public bool IsNull(string key) => this[key].ValueKind == JsonValueKind.Null;

    public double Number(string key) => Number(this[key]);

    public int Integer(string key) => this[key].GetInt32();

    public string Text(string key) => this[key].GetString()!;

    public double[] Numbers(string key) => [.. this[key].EnumerateArray().Select(Number)];

    public int[] Integers(string key) => [.. this[key].EnumerateArray().Select(item => item.GetInt32())];

    public string[] Texts(string key) => [.. this[key].EnumerateArray().Select(item => item.GetString()!)];

    public bool[] Flags(string key) =>
        [.. this[key].EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Number ? item.GetInt32() == 1 : item.GetBoolean())];

    public GoldenRecord Child(string key) => Child(this[key], key);

    public IReadOnlyList<GoldenRecord> List(string key) => [.. this[key].EnumerateArray().Select((item, i) => Child(item, $"{key}[{i}]"))];

    public void Close(string key, double actual, double relative = 1e-9, double absolute = 1e-13) => Close(key, Number(key), actual, relative, absolute);

    public void Close(string key, IEnumerable<double> actual, double relative = 1e-9, double absolute = 1e-13)
    {
        var (expected, found) = (Numbers(key), actual.ToArray());
        Assert.True(expected.Length == found.Length, $"{where}: '{key}' has {expected.Length} values, {found.Length} were computed.");
        for (var i = 0; i < found.Length; i++) Close($"{key}[{i}]", expected[i], found[i], relative, absolute);
    }

    /// <summary>Names of software versions and notes on how a file was made carry no value.</summary>
    public GoldenRecord Ignore(params string[] keys)
    {
        read.UnionWith(keys);
        return this;
    }

    /// <summary>Fails if a key of this object, or of a part of it that was opened, was not looked at.</summary>
    public void AssertAllRead()
    {
        var left = Keys.Except(read).ToArray();
        Assert.True(left.Length == 0, $"{where}: nothing was compared with {string.Join(", ", left)}.");
        foreach (var child in children) child.AssertAllRead();
    }

    private GoldenRecord Child(JsonElement item, string name)
    {
        children.Add(new(item, $"{where} {name}"));
        return children[^1];
    }

    private void Close(string what, double expected, double actual, double relative, double absolute)
    {
        var same = expected.Equals(actual) || Math.Abs(expected - actual) <= absolute + relative * Math.Abs(expected);
        Assert.True(same, $"{where}: '{what}' should be {expected:r}, is {actual:r}.");
    }

    private static double Number(JsonElement item) => item.ValueKind switch
    {
        JsonValueKind.Number => item.GetDouble(),
        JsonValueKind.String => item.GetString() switch { "NaN" => double.NaN, "Infinity" => double.PositiveInfinity, "-Infinity" =>
            double.NegativeInfinity, var text => throw new InvalidDataException($"'{text}' is not a number.") },
        _ => throw new InvalidDataException($"{item.ValueKind} is not a number."),
    };
}
