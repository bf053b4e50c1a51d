using System.Text;
using Crane.Core.Memory;

namespace Crane.Core.Tests.Memory;

public sealed class EditLibraryTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("crane-library").FullName;
    private readonly Clock clock = new();

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string Journal => Path.Combine(folder, "edits.jsonl");

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        public override DateTimeOffset GetUtcNow() => Now = Now.AddMinutes(1);
    }

    /// <summary>A disk with so many bytes; a write that does not fit writes what fits and fails.</summary>
    private sealed class SmallDisk : MemoryStream
    {
        public long Room { get; set; } = long.MaxValue;
        public bool CannotCut { get; set; }

        public override void Write(byte[] buffer, int offset, int count)
        {
            var fits = (int)Math.Min(count, Math.Max(0, Room - Position));
            base.Write(buffer, offset, fits);
            if (fits < count) throw new IOException("No space left on device");
        }

        public override void SetLength(long value)
        {
            if (CannotCut) throw new IOException("Input/output error");
            base.SetLength(value);
        }
    }

    internal static EditEntry Capital(string id, string country, string value, string? provenance = null) => new()
    {
        Id = id, Modality = Modality.Textual, Subject = country, Question = $"What is the capital of {country}?", OldBelief = "Tokyo", NewValue = value,
        Provenance = provenance, Key = [1, 2.5f, -3],
    };

    private EditLibrary Example(string path)
    {
        var library = EditLibrary.Open(path, clock);
        library.Add(Capital("a", "Japan", "Kyōto 京都"));
        library.Add(Capital("b", "Chad", "Moundou\n\"quoted\" </think>"));
        library.Update("a", Capital("a2", "Japan", "Osaka"), "a correction");
        library.Revoke("b", "was a test");
        library.Restore("b");
        return library;
    }

    private static string Text(LibrarySnapshot s) =>
        string.Join('\n', s.Entries.Select(e =>
            $"{e.Id} {e.State} {e.NewValue} {e.Time:o} {string.Join(',', e.Key ?? [])} | {string.Join("; ", s.History(e.Id).Select(h => h.Why))}"));

    [Fact]
    public void Open_AfterSaving_IsTheSameLibrary()
    {
        string before;
        using (var library = Example(Journal)) before = Text(library.Now);
        using var again = EditLibrary.Open(Journal, clock);
        Assert.Equal(before, Text(again.Now));
        Assert.Empty(again.Problems);
        Assert.Equal(["b", "a2"], again.Now.Active.Select(e => e.Id).OrderByDescending(id => id));
        Assert.Equal([1, 2, 3, 4, 5], again.Events.Select(e => (int)e.Sequence));
        again.Add(Capital("c", "Peru", "Cusco"));
        Assert.Equal(6, again.Events[^1].Sequence);
    }

    [Fact]
    public void Add_AnotherValueForTheSameQuestion_IsAConflictThatTheNewerWins()
    {
        var library = new EditLibrary(clock);
        library.Add(Capital("a", "Japan", "Kyoto", "page 1"));
        library.Add(Capital("b", "JAPAN", "Nara") with { Question = "what is the capital of japan" });
        library.Add(Capital("c", "Japan", "Kyoto") with { Modality = Modality.Visual });   // the other library
        Assert.Equal(["b", "c"], library.Now.Active.Select(e => e.Id));
        var conflict = Assert.Single(library.Now.Conflicts);
        Assert.Equal(("b", "a"), (conflict.Winner, conflict.Loser));
        Assert.Contains("'Kyoto'", conflict.Why);
        Assert.Contains("'Nara'", conflict.Why);
        Assert.Equal(["added (page 1)", "superseded by 'b': a newer entry answers the same question differently; 'Kyoto' became 'Nara'"],
            library.Now.History("a").Select(h => h.Why));
        library.Restore("a");
        Assert.Equal(EntryState.Superseded, library.Now.Find("b")!.State);
        Assert.Equal(2, library.Now.Conflicts.Count);
    }

    [Fact]
    public void Add_OtherPhrasingThatTheModelReadsAlike_IsAConflict()
    {
        var library = new EditLibrary(clock);
        library.Add(Capital("a", "Japan", "Kyoto") with { Reading = "The capital of Japan is" });
        library.Add(Capital("b", "Japan", "Nara") with { Question = "Name Japan's seat of government.", Reading = "The capital of Japan is" });
        library.Add(Capital("c", "Japan", "Yen") with { Question = "Which currency does Japan have?", Reading = "The currency of Japan is" });
        Assert.Equal(["b", "c"], library.Now.Active.Select(e => e.Id));
        Assert.Equal("a", Assert.Single(library.Now.Conflicts).Loser);
    }

    [Fact]
    public void Add_OtherFactThatTheModelReadsAlike_IsNoConflictWhereTheEditSaysWhatItIs()
    {
        var library = new EditLibrary(clock);
        EditEntry Fact(string id, string what, string value) => Capital(id, "Japan", value) with
        {
            Question = $"What is the {what} of Japan?", Chain = $"The {what} of Japan is {value}.", Reading = "The capital of Japan is",
        };
        library.Add(Fact("a", "capital", "Kyoto"));
        library.Add(Fact("b", "oldest bridge", "Nihonbashi"));   // the model knows no bridge and speaks of the capital
        Assert.Empty(library.Now.Conflicts);
        Assert.Equal(["a", "b"], library.Now.Active.Select(e => e.Id));
        library.Add(Fact("c", "capital", "Nara") with { Question = "Name Japan's capital.", Reading = null });
        Assert.Equal("a", Assert.Single(library.Now.Conflicts).Loser);
    }

    [Fact]
    public void Add_TheSameValueAgain_IsNoConflict()
    {
        var library = new EditLibrary(clock);
        library.Add(Capital("a", "Japan", "Kyoto"));
        library.Add(Capital("b", "Japan", "Kyoto"));
        Assert.Empty(library.Now.Conflicts);
        Assert.Equal(["b"], library.Now.Active.Select(e => e.Id));
    }

    [Fact]
    public void Update_Entry_SupersedesWithoutConflictAndKeepsHistory()
    {
        using var library = Example(Journal);
        Assert.Empty(library.Now.Conflicts);
        Assert.Equal(EntryState.Superseded, library.Now.Find("a")!.State);
        Assert.Equal("a", library.Now.Find("a2")!.Supersedes);
        Assert.Equal("Kyōto 京都", library.Now.Find("a")!.NewValue);
        Assert.Contains("a correction", library.Now.History("a")[1].Why);
        Assert.Equal(["added", "revoked: was a test", "restored"], library.Now.History("b").Select(h => h.Why));
    }

    [Fact]
    public void AsOf_EveryMoment_IsTheLibraryOfThatMoment()
    {
        var library = new EditLibrary(clock);
        var seen = new List<(DateTimeOffset Time, string Text)> { (clock.Now, "") };
        void Note() => seen.Add((library.Events[^1].Time, Text(library.Now)));
        library.Add(Capital("a", "Japan", "Kyoto"));
        Note();
        library.Add(Capital("b", "Japan", "Nara"));
        Note();
        library.Revoke("b");
        Note();
        library.Restore("a");
        Note();
        foreach (var (time, text) in seen)
        {
            Assert.Equal(text, Text(library.AsOf(time)));
            Assert.Equal(text, Text(library.AsOf(time.AddSeconds(1))));
        }
        Assert.Equal(seen.Count, seen.Select(s => s.Text).Distinct().Count());
    }

    [Fact]
    public void Write_ClockSetBack_KeepsTheOrderOfTimes()
    {
        var library = new EditLibrary(clock);
        library.Add(Capital("a", "Japan", "Kyoto"));
        clock.Now = clock.Now.AddYears(-1);
        library.Add(Capital("b", "Chad", "Abéché"));
        Assert.True(library.Events[1].Time >= library.Events[0].Time);
        Assert.NotNull(library.AsOf(library.Events[1].Time).Find("b"));
    }

    [Fact]
    public void Open_CutAtEveryByte_LosesAtMostTheEntryBeingWrittenAndSaysSo()
    {
        Example(Journal).Dispose();
        var whole = File.ReadAllBytes(Journal);
        var ends = Enumerable.Range(0, whole.Length).Where(i => whole[i] == '\n').ToList();   // a line is whole with or without its end
        for (var cut = 0; cut <= whole.Length; cut++)
        {
            using var disk = new SmallDisk();
            disk.Write(whole.AsSpan(0, cut));
            using var library = EditLibrary.Open(disk, "cut.jsonl", clock);
            var lines = ends.Count(end => end <= cut);
            var begun = cut > 0 && !ends.Contains(cut) && !ends.Contains(cut - 1);
            Assert.Equal(Math.Max(0, lines - 1), library.Events.Count);
            Assert.Equal(begun ? 1 : 0, library.Problems.Count);
            if (begun) Assert.Equal(lines + 1, library.Problems[0].Line);
            library.Add(Capital("later", "Peru", "Cusco"));
            using var copy = new MemoryStream(disk.ToArray());
            using var again = EditLibrary.Open(copy, "again.jsonl");
            Assert.Empty(again.Problems);
            Assert.Equal(Text(library.Now), Text(again.Now));
        }
    }

    [Fact]
    public void Open_EveryByteOfAMiddleLineDamaged_ReportsItsLineAndLoadsTheRest()
    {
        Example(Journal).Dispose();
        var lines = File.ReadAllLines(Journal);
        var bytes = Encoding.UTF8.GetBytes(lines[2]);   // adds 'b'
        for (var at = 0; at < bytes.Length; at++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[at] ^= 0x15;
            if (damaged[at] is (byte)'\n') continue;
            using var disk = new MemoryStream();
            foreach (var (line, i) in lines.Select((l, i) => (l, i))) disk.Write([.. i == 2 ? damaged : Encoding.UTF8.GetBytes(line), (byte)'\n']);
            using var library = EditLibrary.Open(disk, "damaged.jsonl", clock);
            Assert.Equal(["a2"], library.Now.Active.Select(e => e.Id));
            Assert.Equal([3, 5, 6], library.Problems.Select(p => p.Line));   // what revokes and restores 'b' has nothing to work on
            Assert.Contains("checksum", library.Problems[0].What);
            Assert.Equal(6, library.Add(Capital("c", "Peru", "Cusco")) is not null ? library.Events[^1].Sequence : 0);
        }
    }

    [Fact]
    public void Open_LineTakenOut_IsNoticed()
    {
        Example(Journal).Dispose();
        File.WriteAllLines(Journal, File.ReadAllLines(Journal).Where((_, i) => i != 1));
        using var library = EditLibrary.Open(Journal, clock);
        Assert.Contains(library.Problems, p => p.Line == 2 && p.What.Contains("event 2 stands where 1 was expected"));
        Assert.Equal(["b"], library.Now.Active.Select(e => e.Id));   // the update of 'a' has nothing to work on
        Assert.Contains(library.Problems, p => p.Line == 3 && p.What.Contains("'a'"));
    }

    [Fact]
    public void Open_NewerVersionOrForeignFile_IsRefusedAndNotTouched()
    {
        Example(Journal).Dispose();
        var content = "{\"journal\":\"crane-edits\",\"version\":2}";
        var sum = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(content)))[..16];
        string[] texts = [$"{{\"sum\":\"{sum}\",\"event\":{content}}}\n", "a shopping list", "milk\nbread\n", "{\"sum\":\"0\"}\n"];
        foreach (var (text, expected) in texts.Zip(["version 2", "not a journal", "not a journal", "not a journal"]))
        {
            File.WriteAllText(Journal, text);
            Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => EditLibrary.Open(Journal)).Message);
            Assert.Throws<InvalidDataException>(() => EditLibrary.OpenRead(Journal));
            Assert.Equal(text, File.ReadAllText(Journal));
        }
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Add_FullDisk_LeavesTheLibraryAsItWasAndUsable(bool cannotCut)
    {
        using var disk = new SmallDisk();
        using var library = EditLibrary.Open(disk, "small.jsonl", clock);
        library.Add(Capital("a", "Japan", "Kyoto"));
        var before = Text(library.Now);
        (disk.Room, disk.CannotCut) = (disk.Length + 40, cannotCut);
        var error = Assert.Throws<IOException>(() => library.Add(Capital("b", "Chad", "Abéché")));
        Assert.Contains("small.jsonl", error.Message);
        Assert.Contains("No space left", error.Message);
        Assert.Equal(before, Text(library.Now));
        (disk.Room, disk.CannotCut) = (long.MaxValue, false);
        library.Add(Capital("b", "Chad", "Abéché"));
        using var again = EditLibrary.Open(new MemoryStream(disk.ToArray()), "again.jsonl");
        Assert.Empty(again.Problems);
        Assert.Equal(Text(library.Now), Text(again.Now));
    }

    [Fact]
    public async Task Open_OneWriterManyReaders_ReadersSeeWholeStates()
    {
        using var writer = EditLibrary.Open(Journal, clock);
        Assert.Contains("another writer", Assert.Throws<IOException>(() => EditLibrary.Open(Journal)).Message);
        using var reader = EditLibrary.OpenRead(Journal);
        Assert.Throws<InvalidOperationException>(() => reader.Add(Capital("x", "Peru", "Cusco")));
        var writing = Task.Run(() =>
        {
            for (var i = 0; i < 60; i++) writer.Add(Capital($"{i}", "Japan", $"city {i}"));
        });
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            while (!writing.IsCompleted)
            {
                Assert.True(writer.Now.Active.Count() <= 1);
                using var other = EditLibrary.OpenRead(Journal);
                Assert.True(other.Now.Active.Count() <= 1);
            }
        }));
        await Task.WhenAll([writing, .. readers]);
        reader.Refresh();
        Assert.Equal(Text(writer.Now), Text(reader.Now));
        Assert.Equal(60, reader.Now.Entries.Count());
    }

    [Fact]
    public void Open_AfterTheWriterClosed_LetsTheNextIn()
    {
        EditLibrary.Open(Journal).Dispose();
        EditLibrary.Open(Journal).Dispose();
        Assert.Throws<FileNotFoundException>(() => EditLibrary.OpenRead(Journal + ".none"));
    }

    [Fact]
    public void Write_ImpossibleRequest_NamesEntryAndFieldAndChangesNothing()
    {
        var library = new EditLibrary(clock);
        library.Add(Capital("a", "Japan", "Kyoto"));
        library.Revoke("a");
        Assert.Contains("'a'", Assert.Throws<InvalidOperationException>(() => library.Add(Capital("a", "Chad", "x"))).Message);
        Assert.Throws<InvalidOperationException>(() => library.Revoke("a"));
        Assert.Throws<InvalidOperationException>(() => library.Update("a", Capital("b", "Japan", "Nara")));
        Assert.Throws<KeyNotFoundException>(() => library.Revoke("none"));
        Assert.Throws<KeyNotFoundException>(() => library.Update("none", Capital("b", "Japan", "Nara")));
        Assert.Contains("new value", Assert.Throws<ArgumentException>(() => library.Add(Capital("c", "Chad", " "))).Message);
        Assert.Contains("'d'", Assert.Throws<ArgumentException>(() => library.Add(Capital("d", "Chad", "x") with { Key = [float.NaN] })).Message);
        Assert.Equal(2, library.Events.Count);
        library.Restore("a");
        Assert.Throws<InvalidOperationException>(() => library.Restore("a"));
    }
}
