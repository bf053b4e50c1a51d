using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Crane.Core.Evaluation.Runs;

/// <summary>Keeps the replies of a served model by content: model, messages with their pictures, options. A request that may sample (no temperature, or one
/// above 0) and has no seed is always asked anew.</summary>
/// <param name="inner">The client that answers.</param>
/// <param name="cache">Where replies are kept.</param>
public sealed class CachedChatClient(IChatClient inner, ResponseCache cache) : DelegatingChatClient(inner)
{
    /// <inheritdoc/>
    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ChatMessage[] all = [.. messages];
        var model = options?.ModelId ?? this.GetService<ChatClientMetadata>()?.DefaultModelId ?? "";
        var key = Key(model, all, options);
        if (cache.Find(key) is { } known)
            return new(new ChatMessage(ChatRole.Assistant, known.Text)) { ModelId = model, FinishReason = known.EndedByEos ? ChatFinishReason.Stop
            : ChatFinishReason.Length };
        var response = await base.GetResponseAsync(all, options, cancellationToken);
        cache.Add([(key, response.Text, response.FinishReason != ChatFinishReason.Length)]);
        return response;
    }

    /// <summary>The key of a request; null where it may sample and no seed fixes the draws, or where it offers tools, whose results are not part of
    /// it.</summary>
    public static string? Key(string model, IReadOnlyList<ChatMessage> messages, ChatOptions? options)
    {
        if (options is not ({ Temperature: 0 } or { Seed: not null }) || options.Tools is { Count: > 0 }) return null;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(ReadOnlySpan<byte> part)
        {
            hash.AppendData(BitConverter.GetBytes((long)part.Length));
            hash.AppendData(part);
        }
        Add(JsonSerializer.SerializeToUtf8Bytes(new { model, options.Temperature, options.TopP, options.TopK, options.Seed, options.MaxOutputTokens,
            options.StopSequences, options.FrequencyPenalty, options.PresencePenalty, options.Instructions }));
        foreach (var message in messages)
        {
            Add(Encoding.UTF8.GetBytes(message.Role.Value));
            foreach (var content in message.Contents)
                Add(content switch
                {
                    TextContent text => Encoding.UTF8.GetBytes(text.Text),
                    DataContent data => Encoding.UTF8.GetBytes(data.Uri),
                    UriContent uri => Encoding.UTF8.GetBytes(uri.Uri.ToString()),
                    _ => JsonSerializer.SerializeToUtf8Bytes<object>(content.ToString() ?? ""),
                });
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
