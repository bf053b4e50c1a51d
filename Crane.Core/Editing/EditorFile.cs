using System.Text.Json;
using Crane.Core.Model;
using Crane.Core.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Editing;

/// <summary>An editor's state as one safetensors file: tensors under <c>state.</c>, pictures under <c>picture.</c>, the edits as JSON in the
/// metadata.</summary>
internal static class EditorFile
{
    private sealed record SavedEdit(string Id, string Text, string Target, string Note, EditKind Kind, string? Subject, string? Chain, bool Picture);

    public static void Write(string file, string method, object config, string? model, IReadOnlyList<IReadOnlyList<Edit>> groups,
        IReadOnlyDictionary<string, Tensor> state)
    {
        using var scope = NewDisposeScope();
        var tensors = state.Select(pair => KeyValuePair.Create("state." + pair.Key, pair.Value))
            .Concat(groups.SelectMany(group => group).Where(edit => edit.Question.Picture is not null)
                .Select(edit => KeyValuePair.Create("picture." + edit.Id, Pixels(edit.Question.Picture!))));
        var edits = groups.Select(group => group
            .Select(e => new SavedEdit(e.Id, e.Question.Text, e.Target, e.Note, e.Kind, e.Subject, e.Chain, e.Question.Picture is not null)));
        SafeTensors.Write(file, tensors, new Dictionary<string, string>
        {
            ["method"] = method,
            ["settings"] = Settings(config),
            ["model"] = model ?? "",
            ["edits"] = JsonSerializer.Serialize(edits),
        });
    }

    public static (List<IReadOnlyList<Edit>> Groups, Dictionary<string, Tensor> State) Read(string file, string method, object config, string? model)
    {
        using var source = SafeTensors.Open(file);
        string Field(string name) => source.Header.Metadata.TryGetValue(name, out var value) ? value
            : throw new InvalidDataException($"{file}: the metadata has no '{name}'; this is not the state of an editor.");
        void Expect(string name, string here, string advice)
        {
            if (Field(name) != here) throw new InvalidDataException($"{file}: {name} is {Field(name)}, but {here} here. {advice}");
        }
        Expect("method", method, "Load it with an editor of that method.");
        Expect("settings", Settings(config), "Make the editor with the saved settings.");
        Expect("model", model ?? "", "These are hashes of the untouched weights: load it on the model that it was saved from.");
        try
        {
            var saved = JsonSerializer.Deserialize<SavedEdit[][]>(Field("edits"))!;
            List<IReadOnlyList<Edit>> groups = [.. saved.Select(group => (IReadOnlyList<Edit>)[.. group.Select(e =>
                new Edit(e.Id, new(e.Text, e.Picture ? Picture(source, e.Id) : null), e.Target, e.Note)
                { Kind = e.Kind, Subject = e.Subject, Chain = e.Chain }.Checked())])];
            var state = source.Names.Where(name => name.StartsWith("state.", StringComparison.Ordinal))
                .ToDictionary(name => name[6..], name => source.Read(name).DetachFromDisposeScope());
            return (groups, state);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or ArgumentException or NullReferenceException)
        {
            throw new InvalidDataException($"{file}: the list of edits is damaged: {e.Message}", e);
        }
    }

    private static string Settings(object config) => JsonSerializer.Serialize(config, config.GetType());

    private static Tensor Pixels(Picture picture) => tensor(picture.Rgb, [picture.Height, picture.Width, 3], dtype: ScalarType.Byte);

    private static Picture Picture(SafeTensors source, string id)
    {
        using var pixels = source.Read("picture." + id);
        return new((int)pixels.shape[1], (int)pixels.shape[0], pixels.data<byte>().ToArray());
    }
}
