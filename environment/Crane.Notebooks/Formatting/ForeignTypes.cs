namespace Crane.Notebooks.Formatting;

/// <summary>Forms of types that neither the kit nor the formatting library knows.</summary>
internal static class ForeignTypes
{
    public static IReadOnlyDictionary<string, string>? TryFormat(object value) => null;
}
