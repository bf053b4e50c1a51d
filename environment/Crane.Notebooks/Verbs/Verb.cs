using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Crane.Notebooks.Files;

namespace Crane.Notebooks.Verbs;

/// <summary>What verbs share: how they end, and options that refuse what makes no sense.</summary>
internal static class Verb
{
    /// <summary>Runs a verb; what the user can mend ends it with a sentence instead of a stack.</summary>
    /// <returns>The verb's own code; 2 where its input cannot be used; 130 where it was cancelled.</returns>
    public static async Task<int> Guarded(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (NotebookException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 2;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync($"{Environment.NewLine}Cancelled. The notebook that was running is not written.");
            return 130;
        }
    }

    /// <summary>As <see cref="Guarded(Func{Task{int}})"/>, for work that ends at once and well.</summary>
    public static Task<int> Guarded(Action run) => Guarded(() =>
    {
        run();
        return Task.FromResult(0);
    });

    /// <summary>An option that takes a whole number from a least one on.</summary>
    public static Option<int> Whole(string name, string description, int preset, int least = 1) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => preset,
        CustomParser = result => int.TryParse(Given(result), CultureInfo.InvariantCulture, out var given) && given >= least
            ? given : Refuse<int>(result, $"{name} takes a whole number from {least} on"),
    };

    /// <summary>An option that takes a whole number above 0 and may be left out.</summary>
    public static Option<int?> WholeOrNone(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result => int.TryParse(Given(result), CultureInfo.InvariantCulture, out var given) && given >= 1
            ? given : Refuse<int?>(result, $"{name} takes a whole number from 1 on"),
    };

    /// <summary>An option that takes a time above 0 and may be left out.</summary>
    /// <param name="name">With its dashes.</param>
    /// <param name="description">Of the option.</param>
    /// <param name="unit">seconds or minutes.</param>
    /// <param name="most">What lies above is a slip.</param>
    public static Option<double?> Time(string name, string description, string unit, double most) => new(name)
    {
        Description = description,
        CustomParser = result => double.TryParse(Given(result), CultureInfo.InvariantCulture, out var given) && given > 0 && given < most
            ? given : Refuse<double?>(result, $"{name} takes a number of {unit} above 0 and below {most.ToString("N0", CultureInfo.InvariantCulture)}"),
    };

    private static string Given(ArgumentResult result) => result.Tokens.Count == 1 ? result.Tokens[0].Value : "";

    internal static T? Refuse<T>(ArgumentResult result, string rule)
    {
        result.AddError($"{rule}; found '{Given(result)}'.");
        return default;
    }

    /// <summary>An option that takes one of a few words.</summary>
    public static Option<string> OneOf(string name, string description, string preset, params string[] words)
    {
        var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => preset };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } given && !words.Contains(given))
                result.AddError($"{name} takes {string.Join(", ", words)}; found '{given}'.");
        });
        return option;
    }

    /// <summary>An option that takes a path.</summary>
    public static Option<string> Folder(string name, string description, params string[] preset) =>
        new(name) { Description = description, DefaultValueFactory = _ => Path.Combine(preset) };

    /// <summary>The seed of all draws.</summary>
    public static Option<int> Seed(string description) => new("--seed") { Description = description, DefaultValueFactory = _ => 1 };
}
