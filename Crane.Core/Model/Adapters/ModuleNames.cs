using System.Collections;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Crane.Core.Model.Adapters;

/// <summary>Which modules are meant: a list of names, each the end of a module's path or all of it, or one pattern for whole paths. PEFT: target_modules.
/// Write <c>["q_proj", "v_proj"]</c>, <c>"all-linear"</c> or a regular expression.</summary>
[CollectionBuilder(typeof(ModuleNames), nameof(Create))]
public sealed class ModuleNames : IReadOnlyList<string>
{
    private const string Every = "all-linear";
    private readonly string[] names;

    private ModuleNames(string[] names, string? pattern) => (this.names, Pattern) = (names, pattern);

    /// <summary>The pattern, or null where the modules are listed.</summary>
    public string? Pattern { get; }

    /// <summary>Whether every linear map but the output head is meant (PEFT: <c>all-linear</c>).</summary>
    public bool AllLinear => Pattern == Every;

    /// <inheritdoc/>
    public int Count => names.Length;

    /// <inheritdoc/>
    public string this[int index] => names[index];

    /// <summary>A list of names.</summary>
    public static ModuleNames Create(ReadOnlySpan<string> names) => new(names.ToArray(), null);

    /// <summary>A pattern.</summary>
    public static implicit operator ModuleNames(string pattern) => new([], pattern);

    /// <summary>Whether a path is meant (PEFT <c>check_target_module_exists</c>): equal to a name, ending in <c>.name</c>, or matched whole by the
    /// pattern.</summary>
    public bool Contains(string path) => Pattern is null
        ? names.Any(name => path == name || path.EndsWith("." + name, StringComparison.Ordinal))
        : Regex.IsMatch(path, $@"\A(?:{Pattern})\z");

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator() => ((IEnumerable<string>)names).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => names.GetEnumerator();

    /// <inheritdoc/>
    public override string ToString() => Pattern ?? string.Join(", ", names);
}
