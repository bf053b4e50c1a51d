using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.DotNet.Interactive.Formatting;

namespace Crane.Notebooks.Formatting;

/// <summary>Gives a value its forms by MIME type; text/plain is always among them, unless one type was asked for.</summary>
internal static partial class MimeBundle
{
    static MimeBundle() => Formatter.ListExpansionLimit = 50;

    public static IReadOnlyDictionary<string, string> Of(object? value, string? mimeType = null)
    {
        if (mimeType is not null)
            return new Dictionary<string, string> { [mimeType] = value as string ?? value.ToDisplayString(mimeType) };
        var data = new Dictionary<string, string>(Rich(value));
        data.TryAdd("text/plain", value.ToDisplayString("text/plain"));
        return data;
    }

    private static IEnumerable<KeyValuePair<string, string>> Rich(object? value) => value switch
    {
        null => [],
        string text => [new("text/plain", text)],
        bool or char or Enum or ValueType and IFormattable => [],
        _ => OwnBundle(value) ?? ForeignTypes.TryFormat(value) ?? Preferred(value),
    };

    // The convention: a type that can show itself has  IReadOnlyDictionary<string, string> ToMimeBundle().
    private static IReadOnlyDictionary<string, string>? OwnBundle(object value) =>
        value.GetType().GetMethod("ToMimeBundle", BindingFlags.Public | BindingFlags.Instance, Type.EmptyTypes) is { } method
            && typeof(IReadOnlyDictionary<string, string>).IsAssignableFrom(method.ReturnType)
            ? (IReadOnlyDictionary<string, string>?)method.Invoke(value, null)
            : null;

    private static IEnumerable<KeyValuePair<string, string>> Preferred(object value) =>
        Formatter.GetPreferredMimeTypesFor(value.GetType()).Select(mime => KeyValuePair.Create(mime, Style().Replace(value.ToDisplayString(mime), "")));

    // The library repeats its style sheet in every output; a page has it once.
    [GeneratedRegex("<style>.*?</style>", RegexOptions.Singleline)]
    private static partial Regex Style();
}
