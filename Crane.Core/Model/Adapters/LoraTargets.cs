using System.Text.RegularExpressions;

namespace Crane.Core.Model.Adapters;

/// <summary>Which modules a config means: PEFT's rules (<c>peft/tuners/tuners_utils.py</c>) as pure functions of a path.</summary>
public static class LoraTargets
{
    /// <summary>Whether a module of this path is adapted.</summary>
    /// <param name="config">Names, exceptions, layers.</param>
    /// <param name="path">Hugging Face's path of a module.</param>
    /// <param name="isLinear">Whether it is a linear map, for <c>all-linear</c>.</param>
    public static bool IsTarget(LoraConfig config, string path, bool isLinear)
    {
        if (config.ExcludeModules?.Contains(path) ?? false) return false;
        if (config.TargetModules.AllLinear) return isLinear && path != "lm_head" && InLayers(config, path);
        // Layer numbers narrow a list, unless it gives the whole path; a pattern says everything itself.
        return config.TargetModules.Contains(path)
            && (config.TargetModules.Pattern is not null || config.TargetModules.Any(name => name == path) || InLayers(config, path));
    }

    /// <summary>Whether a module is learnt in full: PEFT compares ends of paths, without a dot.</summary>
    public static bool IsSaved(LoraConfig config, string path) => config.ModulesToSave.Any(name => path.EndsWith(name, StringComparison.Ordinal));

    /// <summary>The value of the first key that matches the end of a path, or null. A key is a regular expression; it begins at the path's start or after a dot
    /// (PEFT <c>get_pattern_key</c>).</summary>
    internal static TValue? FirstMatch<TValue>(IReadOnlyList<KeyValuePair<string, TValue>> patterns, string path) where TValue : struct
    {
        foreach (var (key, value) in patterns)
            if (Regex.IsMatch(path, $@"\A(?:.*\.)?(?:{key})\z")) return value;
        return null;
    }

    private static bool InLayers(LoraConfig config, string path)
    {
        if (config.LayersToTransform is not { Count: > 0 } layers) return true;
        var patterns = config.LayersPattern.Count > 0 ? config.LayersPattern : [@"[^.]*"];
        foreach (var pattern in patterns)
            if (Regex.Match(path, $@"\A.*\.(?:{pattern})\.([0-9]+)\.") is { Success: true } match) return layers.Contains(int.Parse(match.Groups[1].ValueSpan));
        return false;
    }
}
