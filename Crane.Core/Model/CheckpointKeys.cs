namespace Crane.Core.Model;

/// <summary>Names of tensors in checkpoints. Hugging Face's modules stand under <c>model.visual.</c> and <c>model.language_model.</c>; the first published
/// Qwen2.5-VL files, and what Hugging Face still writes for it, say <c>visual.</c> and <c>model.</c> instead.</summary>
public static class CheckpointKeys
{
    private static readonly (string Module, string Published)[] Prefixes = [("model.visual.", "visual."), ("model.language_model.", "model.")];

    /// <summary>The module's name of a parameter: tower and decoder stand under <c>model.</c>, the head does not.</summary>
    public static string OfModule(string parameter) =>
        Prefixes.Any(prefix => ("model." + parameter).StartsWith(prefix.Module, StringComparison.Ordinal)) ? "model." + parameter : parameter;

    /// <summary>The same tensor's name in the published layout.</summary>
    public static string OfPublished(string parameter)
    {
        var key = OfModule(parameter);
        foreach (var (module, published) in Prefixes)
            if (key.StartsWith(module, StringComparison.Ordinal)) return published + key[module.Length..];
        return key;
    }

    /// <summary>The layout that a set of names has: its function from a parameter's name to its key.</summary>
    public static Func<string, string> LayoutOf(IEnumerable<string> names) =>
        names.Any(name => Prefixes.Any(prefix => name.StartsWith(prefix.Module, StringComparison.Ordinal))) ? OfModule
        : names.Any(name => Prefixes.Any(prefix => name.StartsWith(prefix.Published, StringComparison.Ordinal))) ? OfPublished : OfModule;
}
