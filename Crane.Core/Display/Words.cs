namespace Crane.Core.Display;

/// <summary>Identifiers as words for readers.</summary>
internal static class Words
{
    public static string Of(EntityRole role) => role switch { EntityRole.Seen => "seen", EntityRole.Injected => "injected", _ => "rejected" };

    /// <summary>"GroundedSuccess" → "grounded success"; runs of capitals ("EM") stay.</summary>
    public static string Split(string identifier)
    {
        var words = new System.Text.StringBuilder();
        for (var i = 0; i < identifier.Length; i++)
        {
            var (starts, acronym) = (char.IsUpper(identifier[i]), i + 1 < identifier.Length && char.IsUpper(identifier[i + 1]) || i > 0
                && char.IsUpper(identifier[i - 1]) && i + 1 == identifier.Length);
            if (starts && i > 0 && !char.IsUpper(identifier[i - 1])) words.Append(' ');
            words.Append(starts && !acronym ? char.ToLowerInvariant(identifier[i]) : identifier[i]);
        }
        return words.ToString();
    }
}
