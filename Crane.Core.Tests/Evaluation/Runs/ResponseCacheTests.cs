using Crane.Core.Evaluation.Runs;
using Crane.Core.Model;
using Crane.Core.Model.Generation;
using Crane.Core.Vision;
using Microsoft.Extensions.AI;

namespace Crane.Core.Tests.Evaluation.Runs;

public sealed class ResponseCacheTests : IDisposable
{
    private static readonly GenerationConfig Greedy = new(), Sampled = new() { DoSample = true };
    private static readonly Picture Dark = new(2, 2, new byte[12]), Light = new(2, 2, [.. Enumerable.Repeat((byte)255, 12)]);
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    [Fact]
    public void Key_EverythingThatAnAnswerDependsOn_IsInIt()
    {
        string?[] keys =
        [
            ResponseCache.Key("m", new("Who?"), Greedy, null), ResponseCache.Key("n", new("Who?"), Greedy, null),
            ResponseCache.Key("m", new("Who? "), Greedy, null),
            ResponseCache.Key("m", new("Who?", Dark), Greedy, null), ResponseCache.Key("m", new("Who?", Light), Greedy, null),
            ResponseCache.Key("m", new("Who?", new Picture(4, 1, new byte[12])), Greedy, null),
            ResponseCache.Key("m", new("Who?"), Greedy with { MaxNewTokens = 3 }, null), ResponseCache.Key("m", new("Who?"), Sampled, 1),
            ResponseCache.Key("m", new("Who?"), Sampled, 2),
            ResponseCache.Key("mWho?", new(""), Greedy, null),
        ];
        Assert.Equal(keys.Length, keys.OfType<string>().Distinct().Count());
        Assert.Equal(ResponseCache.Key("m", new("Who?"), Greedy, 1), ResponseCache.Key("m", new("Who?"), Greedy, 2));   // greedy answers draw nothing
    }

    [Fact]
    public void Key_SampledWithoutSeed_IsNone()
    {
        Assert.Null(ResponseCache.Key("m", new("Who?"), Sampled, null));
        using var cache = new ResponseCache(Path.Combine(folder, "c.jsonl"));
        cache.Add([(null, "once", true)]);
        Assert.Equal(0, cache.Count);
        Assert.Null(cache.Find(null));
    }

    [Fact]
    public void Find_AfterReopening_GivesTheFirstAnswer()
    {
        var key = ResponseCache.Key("m", new("Who?"), Greedy, null);
        using (var cache = new ResponseCache(Path.Combine(folder, "c.jsonl"))) cache.Add([(key, "Ada", true), (key, "Bob", true)]);
        using var again = new ResponseCache(Path.Combine(folder, "c.jsonl"));
        Assert.Equal(("Ada", true), (again.Find(key)!.Text, again.Find(key)!.EndedByEos));
        Assert.Equal(1, again.Count);
    }

    [Fact]
    public async Task CachedChatClient_GreedyOrSeeded_AsksOnceAndSampledAlways()
    {
        using var inner = new Counting();
        using var cache = new ResponseCache(Path.Combine(folder, "chat.jsonl"));
        using var client = new CachedChatClient(inner, cache);
        async Task<string> Ask(string text, ChatOptions? options) => (await client.GetResponseAsync([new(ChatRole.User, text)], options)).Text;
        Assert.Equal("1", await Ask("a", new() { Temperature = 0 }));
        Assert.Equal("1", await Ask("a", new() { Temperature = 0 }));
        Assert.Equal("2", await Ask("b", new() { Temperature = 0 }));
        Assert.Equal("3", await Ask("a", null));
        Assert.Equal("4", await Ask("a", new() { Temperature = 0.7f }));
        Assert.Equal("5", await Ask("a", new() { Temperature = 0.7f, Seed = 1 }));
        Assert.Equal("5", await Ask("a", new() { Temperature = 0.7f, Seed = 1 }));
        Assert.Equal("6", await Ask("a", new() { Temperature = 0.7f, Seed = 2 }));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private sealed class Counting : IChatClient
    {
        private int asked;

        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null,
            CancellationToken cancellationToken = default) =>
            Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, (++asked).ToString())));

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null,
            CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose() { }
    }
}
