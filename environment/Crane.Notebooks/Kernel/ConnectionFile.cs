using System.Text.Json;
using System.Text.Json.Nodes;
using Crane.Notebooks.Files;

namespace Crane.Notebooks.Kernel;

/// <summary>Where a client wants the kernel to listen, and the key that both sign with.</summary>
internal sealed record ConnectionFile(string Transport, string Ip, string Key, IReadOnlyDictionary<string, int> Ports)
{
    private static readonly string[] Channels = ["shell", "control", "iopub", "stdin", "hb"];

    /// <exception cref="NotebookException">No file, not JSON, a port is missing, or a transport or signature that is not spoken here.</exception>
    public static ConnectionFile Read(string path)
    {
        if (!File.Exists(path))
            throw new NotebookException($"There is no connection file '{path}'. A Jupyter client writes it and passes its path; see 'crane install'.");
        var root = Parse(path);
        var transport = Text(root, "transport") ?? "tcp";
        if (transport != "tcp")
            throw new NotebookException($"{path}: transport '{transport}' is not spoken here; set the client's transport to tcp.");
        var key = Text(root, "key") ?? "";
        if (key.Length > 0 && (Text(root, "signature_scheme") ?? "hmac-sha256") is var scheme and not "hmac-sha256")
            throw new NotebookException($"{path}: signature_scheme '{scheme}' is not known here; hmac-sha256 is.");
        return new ConnectionFile(transport, Text(root, "ip") ?? "127.0.0.1", key, Channels.ToDictionary(c => c, c => Port(path, root, c)));
    }

    /// <summary>The address of a channel, which for "stdin" and "hb" too is named as in the file.</summary>
    public string Address(string channel) => $"{Transport}://{Ip}:{Ports[channel]}";

    private static JsonObject Parse(string path)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(path)) as JsonObject ?? throw new NotebookException($"{path}: a JSON object was expected.");
        }
        catch (JsonException e)
        {
            throw new NotebookException($"{path} is not JSON, so it is no connection file: {e.Message}");
        }
    }

    private static string? Text(JsonObject root, string name) => root[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static int Port(string path, JsonObject root, string channel) => root[$"{channel}_port"] is JsonValue value && value.TryGetValue<int>(out var port)
        && port is > 0 and < 65536
        ? port
        : throw new NotebookException($"{path}: '{channel}_port' shall be a port, 1 to 65535.");
}
