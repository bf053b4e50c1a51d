using System.Globalization;
using System.Runtime.InteropServices;
using Crane.Core;

namespace Crane.Notebooks.Pages;

/// <summary>What the numbers of a report came from.</summary>
internal static class Provenance
{
    public static IReadOnlyList<(string Name, string Value)> Now(string folder, string mode) =>
    [
        ("commit", Commit(folder)),
        ("mode", mode),
        (".NET", RuntimeInformation.FrameworkDescription),
        ("system", RuntimeInformation.RuntimeIdentifier),
        ("processor", Machine()),
        ("date", DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)),
    ];

    /// <inheritdoc cref="CodeOrigin.Machine"/>
    public static string Machine() => CodeOrigin.Machine();

    /// <inheritdoc cref="CodeOrigin.Commit"/>
    public static string Commit(string folder) => CodeOrigin.Commit(folder);
}
