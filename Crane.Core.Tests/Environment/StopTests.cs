using Crane.Notebooks.Engine;

namespace Crane.Core.Tests.Notebooks;

/// <summary>Cells that were told to stop, and what the checks do to cells that were not.</summary>
[Collection(nameof(Torch))]
public sealed class StopTests : IDisposable
{
    private readonly NotebookEngine engine = new(AppContext.BaseDirectory);

    public void Dispose() => engine.Dispose();

    [Theory]
    [InlineData("while (true) { }")]
    [InlineData("while (true);")]
    [InlineData("do kept++; while (true);")]
    [InlineData("for (;;) kept++;")]
    [InlineData("IEnumerable<int> Ever() { while (true) yield return 1; }\nforeach (var one in Ever()) kept += one;")]
    [InlineData("again: kept++; goto again;")]
    [InlineData("int Fib(int n) => n < 2 ? n : Fib(n - 1) + Fib(n - 2);\nFib(80);")]
    [InlineData("Task.Run(() => { while (true) kept++; }).Wait();")]
    [InlineData("while (true) try { while (true) { } } catch (DivideByZeroException) { }")]
    [InlineData("Thread.Sleep(-1);")]
    [InlineData("new ManualResetEvent(false).WaitOne();")]
    [InlineData("await Task.Delay(-1);")]
    [InlineData("await new TaskCompletionSource<int>().Task;")]
    public async Task Execute_ToldToStop_StopsAndKeepsTheState(string code)
    {
        await engine.Execute("var kept = 1;", _ => { });
        using var stop = new CancellationTokenSource(200);
        var result = await engine.Execute("kept = 2;\n" + code, _ => { }, stop.Token).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal("The cell was interrupted. What it had assigned stays.", result.Error?.Message);
        Assert.Equal("True", await Value("kept >= 2"));
    }

    [Fact]
    public async Task Execute_CellThatLooksAtItsToken_EndsInItsOwnWay()
    {
        using var stop = new CancellationTokenSource(200);
        Assert.Null((await engine.Execute("while (!Cell.Cancellation.IsCancellationRequested) { }\nvar end = \"graceful\";", _ => { }, stop.Token)).Error);
        Assert.Equal("graceful", await Value("end"));
    }

    [Theory]
    [InlineData("var s = 0; for (var i = 0; i < 3; i++) for (var j = 0; j < 3; j++) if (j == 1) continue; else s += j; s", "6")]
    [InlineData("int F(int n) => n; void G() => F(1); async Task<int> H() => await Task.FromResult(F(5)); async Task I() => await Task.Yield(); G(); await I(); await H()", "5")]
    [InlineData("class C { public int P => 3; public int M() => P; public static C operator +(C a, C b) => a; public C() { } } (new C() + new C()).M()", "3")]
    [InlineData("Func<int, int> f = n => { return n + 1; }; System.Linq.Expressions.Expression<Func<int, int>> e = n => n * 2; f(1) + e.Compile()(2)", "6")]
    [InlineData("IEnumerable<int> Odd() { for (var i = 1; ; i += 2) yield return i; } Odd().Take(3).Sum()", "9")]
    [InlineData("async IAsyncEnumerable<int> A() { yield return await Task.FromResult(1); await Task.Yield(); yield return 2; } var t = 0; await foreach (var a in A()) t += a; t", "3")]
    [InlineData("int N(int n) => throw new Exception(); ref int R(int[] a) => ref a[0]; var q = new[] { 1 }; R(q) = 8; q[0]", "8")]
    [InlineData("ValueTask<int> V() => new(4); await V() + await new ValueTask<int>(Task.FromResult(1)) + await Task.FromResult(1).ConfigureAwait(true)", "6")]
    [InlineData("int x = 2; switch (x) { case 1: break; case 2: while (x < 9) x++; break; } x", "9")]
    [InlineData("#nullable enable\nstring? n = null; foreach (var (a, b) in new[] { (1, 2) }) n += a + b; n", "3")]
    [InlineData("dynamic d = 1; d += await Task.FromResult<dynamic>(2); (int)d", "3")]
    public async Task Execute_CodeWithChecks_MeansWhatItMeant(string code, string value)
    {
        Assert.NotEqual(code, StopChecks.Insert(code));
        Assert.Equal(value, await Value(code));
    }

    [Theory]
    [InlineData("while (true) { x++ }")]
    [InlineData("class C { }")]
    [InlineData("// while (true) { }")]
    public void Insert_NothingToCheckOrBrokenCode_IsLeftAlone(string code) => Assert.Equal(code, StopChecks.Insert(code));

    [Fact]
    public void Insert_AnyCode_KeepsItsLines()
    {
        const string code = "for (var i = 0;\n  i < 3;\n  i++)\n  // why\n  Use(i);\nint F(int n)\n  => n;\nawait\n  G();";
        Assert.Equal(code.Count(c => c == '\n'), StopChecks.Insert(code).Count(c => c == '\n'));
    }

    [Fact]
    public async Task ReadLine_NobodyToAsk_IsRefusedPolitely() =>
        Assert.Contains("nobody can be asked", (await engine.Execute("Console.ReadLine()", _ => { })).Error!.Message);

    [Fact]
    public async Task Execute_Flood_IsCutWithANote()
    {
        var (length, last) = (0L, "");
        await engine.Execute("var line = new string('x', 1 << 20); for (var i = 0; i < 200; i++) Console.Write(line);", o =>
            (length, last) = (length + ((StreamOutput)o).Text.Length, ((StreamOutput)o).Text));
        Assert.InRange(length, OutputLimit.Most, OutputLimit.Most + 200);
        Assert.EndsWith("a cell shows at most 50 million characters]\n", last);
    }

    [Fact]
    public async Task Execute_DisplayThatChangesLong_IsNoFlood()
    {
        var (updates, last) = (0, "");
        var result = await engine.Execute("var d = display(\"\");\nfor (var i = 0; i < 200; i++) d.Update(new string('x', 1 << 20));\nConsole.Write(new string('y', 60 << 20));\nd.Update(\"end\");\nd.Update(new string('z', 2 << 20));\nConsole.Write('n');\nthrow new Exception(\"told\");", o =>
        {
            if (o is DisplayUpdate update)
                (updates, last) = (updates + 1, update.Data["text/plain"]);
            Assert.NotEqual(new StreamOutput("stdout", "n"), o);
        });
        Assert.Equal((201, "end", "told"), (updates, last, result.Error!.Message));
    }

    private async Task<string> Value(string code)
    {
        string? value = null;
        var result = await engine.Execute(code, o => value = o is ResultOutput r ? r.Data["text/plain"] : value);
        Assert.Null(result.Error);
        return value!;
    }
}
