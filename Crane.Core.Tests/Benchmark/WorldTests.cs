using Crane.Core.Benchmark;

namespace Crane.Core.Tests.Benchmark;

public sealed class WorldTests : IDisposable
{
    private const string Chad = """{"id":"TCD","name":"Chad","unMember":true,"capital":["N'Djamena"],"subregion":"Middle Africa","languages":["Arabic"],"currencies":["franc"],"demonym":"Chadian","borders":[],"areaKm2":1284000}""";
    private const string Rock = """{"id":"rock","name":"Rock","aliases":[],"city":"Faya","country":"TCD","images":[{"file":"landmarks/rock-1.webp","licence":"PD","author":"A","source":"B"}]}""";
    private readonly string folder = Directory.CreateTempSubdirectory("crane-world-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Load_ShippedData_IsWholeAndDistinct()
    {
        var world = World.Load();
        Assert.Equal((250, 71, 85), (world.Countries.Count, world.Landmarks.Count, world.Landmarks.Sum(l => l.Images.Length)));
        Assert.Distinct(world.Countries.Select(c => c.Id));
        Assert.Distinct(world.Countries.Select(c => c.Name));
        Assert.Distinct(world.Landmarks.Select(l => l.Name));
        var ids = world.Countries.Select(c => c.Id).ToHashSet();
        Assert.All(world.Countries, c => Assert.True(c.Borders.All(ids.Contains) && c.Name.Trim() == c.Name, c.Id));
        Assert.All(world.Countries.Where(c => c.UnMember), c => Assert.True(c.AreaKm2 > 0, c.Id));
    }

    [Fact]
    public void FlagFile_EveryCountryAndStyle_ExistsExceptKosovoInIsoFlags()
    {
        var world = World.Load();
        var missing = from country in world.Countries from style in World.FlagStyles where world.FlagFile(country.Id,
            style) is null select $"{country.Id} {style}";
        Assert.Equal(["UNK iso-flags"], missing);
    }

    [Fact]
    public void Photographs_EachFile_HasLicenceAuthorAndSource()
    {
        var world = World.Load();
        var listed = world.Landmarks.SelectMany(l => l.Images).ToList();
        var files = Directory.GetFiles(Path.Combine(world.Folder, "landmarks")).Select(path => "landmarks/" + Path.GetFileName(path));
        Assert.Equal(files.Order(StringComparer.Ordinal), listed.Select(i => i.File).Order(StringComparer.Ordinal));
        Assert.All(listed, i => Assert.Contains(i.Licence, (string[])["PD", "CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0"]));
        Assert.All(listed, i => Assert.True(i.Author.Trim().Length > 0 && Uri.TryCreate(i.Source, UriKind.Absolute, out _), i.File));
    }

    [Fact]
    public void Flags_EachFolder_StandsInSourcesAndHoldsOnlyFlags()
    {
        var world = World.Load();
        var sources = File.ReadAllText(Path.Combine(world.Folder, "SOURCES.md"));
        var ids = world.Countries.Select(c => c.Id).ToHashSet();
        var folders = Directory.GetDirectories(Path.Combine(world.Folder, "flags"));
        Assert.Equal(World.FlagStyles.Order(StringComparer.Ordinal), folders.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(folders, path => Assert.Contains($"`flags/{Path.GetFileName(path)}/`", sources));
        Assert.All(folders.SelectMany(Directory.GetFiles), path =>
            Assert.True(ids.Contains(Path.GetFileNameWithoutExtension(path)) && path.EndsWith(".png", StringComparison.Ordinal), path));
        Assert.All((string[])["flag-icons", "country-flag-icons"], style =>
            Assert.Contains("Permission is hereby granted", File.ReadAllText(Path.Combine(world.Folder, "licences", $"{style}-MIT.txt"))));
    }

    [Theory]
    [InlineData("[" + Chad, "[]", "countries.json", "not valid JSON")]
    [InlineData(Chad, "[]", "countries.json", "expected a list")]
    [InlineData("[" + Chad + ",null]", "[]", "countries.json", "record 1")]
    [InlineData("[" + Chad + """,{"id":"X"}]""", "[]", "countries.json: record 1", "name")]
    [InlineData("""[{"id":"TCD","name":"Chad","unMember":"yes"}]""", "[]", "countries.json: record 0", "unMember")]
    [InlineData("[" + Chad + "]", """[{"id":"rock"}]""", "landmarks.json: record 0", "images")]
    [InlineData("[]", "[" + Rock + "]", "landmarks.json", "'rock' stands in 'TCD'")]
    public void Load_DamagedFile_NamesFileAndRecord(string countries, string landmarks, string where, string what)
    {
        Write(countries, landmarks);
        var error = Assert.Throws<InvalidDataException>(() => World.Load(folder));
        Assert.Contains(where, error.Message);
        Assert.Contains(what, error.Message);
    }

    [Fact]
    public void Load_SmallestWorld_Reads()
    {
        Write("[" + Chad + "]", "[" + Rock + "]");
        var world = World.Load(folder);
        Assert.Equal("Chad", world.Country(world.Landmarks[0].Country).Name);
        Assert.Null(world.FlagFile("TCD", "twemoji"));
        Assert.Throws<KeyNotFoundException>(() => world.Country("XXX"));
    }

    [Fact]
    public void Load_NoFile_Throws() => Assert.Throws<FileNotFoundException>(() => World.Load(folder));

    private void Write(string countries, string landmarks)
    {
        File.WriteAllText(Path.Combine(folder, "countries.json"), countries);
        File.WriteAllText(Path.Combine(folder, "landmarks.json"), landmarks);
    }
}
