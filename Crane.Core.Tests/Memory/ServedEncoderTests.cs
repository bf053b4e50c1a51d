using System.ClientModel;
using System.Net;
using System.Text.Json;
using Crane.Core.Memory;
using Microsoft.Extensions.AI;
using OpenAI;

namespace Crane.Core.Tests.Memory;

public sealed class ServedEncoderTests : IDisposable
{
    private readonly HttpListener listener = new();

    public void Dispose() => listener.Close();

    /// <summary>An OpenAI-compatible server whose vector of a text is its length and its number of blanks.</summary>
    private Uri Serve()
    {
        var port = Random.Shared.Next(20_000, 60_000);
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
        _ = Task.Run(async () =>
        {
            while (listener.IsListening)
            {
                var context = await listener.GetContextAsync();
                using var request = await JsonDocument.ParseAsync(context.Request.InputStream);
                var texts = request.RootElement.GetProperty("input").EnumerateArray().Select(t => t.GetString()!);
                var data = texts.Select((t, i) =>
                    new { @object = "embedding", index = i,
                    embedding = Convert.ToBase64String([.. BitConverter.GetBytes((float)t.Length), .. BitConverter.GetBytes((float)t.Count(c => c == ' '))]) });
                var body = JsonSerializer.SerializeToUtf8Bytes(new { @object = "list", data, model = "served",
                    usage = new { prompt_tokens = 1, total_tokens = 1 } });
                context.Response.ContentType = "application/json";
                await context.Response.OutputStream.WriteAsync(body);
                context.Response.Close();
            }
        });
        return new($"http://127.0.0.1:{port}/v1");
    }

    [Fact]
    public async Task Memory_ServedSentenceEncoder_FindsTheEntry()
    {
        var client = new OpenAIClient(new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = Serve() });
        using var sentences = client.GetEmbeddingClient("served").AsIEmbeddingGenerator();
        using var pictures = new FunctionEncoder<Crane.Core.Vision.Picture>("none", _ => throw new InvalidOperationException());
        var memory = new EditMemory(new EditLibrary(), pictures, sentences, new(new(Gate.Cosine, 0.5), new(Gate.Cosine, 0.9999)));
        await memory.AddAsync(EditLibraryTests.Capital("right", "Peru", "Cusco") with { Key = null });
        await memory.AddAsync(EditLibraryTests.Capital("other", "United Republic of Tanzania of the Great Lakes", "Arusha") with { Key = null });
        var lookUp = await memory.LookUpAsync("What is the capital of Peru?");
        Assert.Equal(["right"], lookUp.Brought.Select(e => e.Id));
        Assert.Equal(1, lookUp.Steps[0].Candidates[0].Cosine, 1e-6);
    }
}
