using System.Text.Json;
using System.Text.Json.Serialization;

namespace Crane.Core.Benchmark;

/// <summary>A country or territory and some facts about it (data/world/countries.json, from npm world-countries, ODbL-1.0).</summary>
/// <param name="Id">ISO 3166-1 alpha-3.</param>
/// <param name="Name">Usual English name.</param>
/// <param name="UnMember">Whether it is a member of the United Nations.</param>
/// <param name="Capital">Capitals, the first is the usual answer.</param>
/// <param name="Subregion">For example Eastern Asia; empty for a few.</param>
/// <param name="Languages">Official languages in the order of their ISO 639-3 codes.</param>
/// <param name="Currencies">Currencies.</param>
/// <param name="Demonym">What its people are called; empty for a few.</param>
/// <param name="Borders">Ids of its neighbours, as the source has them: not always mutual.</param>
/// <param name="AreaKm2">Area in square kilometres; −1 where the source has none.</param>
public sealed record Country(string Id, string Name, bool UnMember, string[] Capital, string Subregion, string[] Languages, string[] Currencies, string Demonym,
    string[] Borders, double AreaKm2)
{
    /// <summary>ISO 3166-1 alpha-2.</summary>
    public string? Cca2 { get; init; }

    /// <summary>Continent, as the source divides the world.</summary>
    public string? Region { get; init; }

    /// <summary>Internet domains, the first is the usual one.</summary>
    public string[] Tld { get; init; } = [];

    /// <summary>International calling code with its plus sign; null for a few.</summary>
    public string? CallingCode { get; init; }
}

/// <summary>A landmark with photographs (data/world/landmarks.json; licence and author stand with each photograph).</summary>
/// <param name="Id">Short name in file names.</param>
/// <param name="Name">Usual English name.</param>
/// <param name="Aliases">Other forms of the name.</param>
/// <param name="City">Where it stands.</param>
/// <param name="Country">Id of its country.</param>
/// <param name="Images">Its photographs, at least one.</param>
public sealed record Landmark(string Id, string Name, string[] Aliases, string City, string Country, Photograph[] Images);

/// <summary>A photograph and whom to thank for it.</summary>
/// <param name="File">Path below data/world.</param>
/// <param name="Licence">PD, CC0-1.0, CC-BY-4.0 or CC-BY-SA-4.0.</param>
/// <param name="Author">Its author.</param>
/// <param name="Source">Page it came from.</param>
public sealed record Photograph(string File, string Licence, string Author, string Source);

/// <summary>The real world in small: countries, flags in five drawings, landmarks.</summary>
public sealed record World
{
    /// <summary>The five drawings of each flag, as folders below <c>flags</c>.</summary>
    public static IReadOnlyList<string> FlagStyles { get; } = ["world-countries", "flag-icons", "country-flag-icons", "iso-flags", "twemoji"];

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { RespectRequiredConstructorParameters = true,
        NumberHandling = JsonNumberHandling.Strict };

    /// <summary>Where the files lie.</summary>
    public required string Folder { get; init; }

    /// <summary>All countries and territories, by id.</summary>
    public required IReadOnlyList<Country> Countries { get; init; }

    /// <summary>All landmarks, by id.</summary>
    public required IReadOnlyList<Landmark> Landmarks { get; init; }

    /// <summary>Reads countries.json and landmarks.json of a folder.</summary>
    /// <param name="folder">null: data/world.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, a record lacks a field, or a landmark names an unknown country.</exception>
    public static World Load(string? folder = null)
    {
        folder ??= DataFolder.Of("world");
        var world = new World { Folder = folder, Countries = Read<Country>(Path.Combine(folder, "countries.json")),
            Landmarks = Read<Landmark>(Path.Combine(folder, "landmarks.json")) };
        var ids = world.Countries.Select(c => c.Id).ToHashSet();
        foreach (var landmark in world.Landmarks)
            if (!ids.Contains(landmark.Country))
                throw new InvalidDataException($"{folder}/landmarks.json: '{landmark.Id}' stands in '{landmark.Country}', which countries.json does not have.");
        return world;
    }

    /// <summary>The country of an id.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public Country Country(string id) => Countries.FirstOrDefault(c => c.Id == id) ?? throw new KeyNotFoundException($"No country '{id}' in {Folder}.");

    /// <summary>The file of a flag in one of <see cref="FlagStyles"/>; null where that style lacks it.</summary>
    public string? FlagFile(string country, string style) => Path.Combine(Folder, "flags", style, country + ".png") is var path && File.Exists(path)
        ? path : null;

    private static List<T> Read<T>(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            if (document.RootElement.ValueKind != JsonValueKind.Array)
                throw new InvalidDataException($"{path}: expected a list of records, found {document.RootElement.ValueKind}.");
            return [.. document.RootElement.EnumerateArray().Select((item, i) => Record<T>(item, $"{path}: record {i}"))];
        }
        catch (JsonException e) { throw new InvalidDataException($"{path}: not valid JSON: {e.Message}", e); }
    }

    private static T Record<T>(JsonElement item, string where)
    {
        try { return item.Deserialize<T>(Options) ?? throw new InvalidDataException($"{where}: is null."); }
        catch (JsonException e) { throw new InvalidDataException($"{where}: {e.Message}", e); }
    }
}
