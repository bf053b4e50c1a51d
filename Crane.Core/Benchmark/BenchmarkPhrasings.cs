namespace Crane.Core.Benchmark;

/// <summary>The words of a question, and which form they have.</summary>
/// <param name="Text">The question.</param>
/// <param name="Form">For example <c>attribute/open/3</c>.</param>
/// <param name="Answer">What the right value makes of it: the value itself, "yes" or "no".</param>
internal sealed record Wording(string Text, string Form, string Answer);

/// <summary>The benchmark's own ways to ask. Forms are dealt like cards, each once before any comes again, from separate packs for probes that an edit changes
/// and
/// for locality probes: both meet the same forms in the same proportions, and no form tells kind or level of a probe.</summary>
/// <param name="random">Shuffles the packs.</param>
internal sealed class BenchmarkPhrasings(Random random)
{
    private static readonly Dictionary<string, string[]> OpenForms = new()
    {
        ["flag"] = ["Which country does this flag belong to?", "Whose flag is this?", "Tell me which country has this flag.",
            "Name the country with this flag.", "Do you know whose flag this is?"],
        ["landmark"] = ["What is this landmark?", "Which landmark does the picture show?", "Name this landmark.", "Tell me what this landmark is called.",
            "Do you know which landmark this is?"],
        ["place"] = ["In which country is {x}?", "Which country is {x} in?", "Tell me in which country {x} stands.", "Name the country of {x}.",
            "Do you know which country {x} is in?"],
        ["attribute"] = ["What is the {a} of {x}?", "Which {a} does {x} have?", "Tell me the {a} of {x}.", "Name the {a} of {x}.",
            "Do you know what the {a} of {x} is?"],
    };

    private static readonly Dictionary<string, string[]> YesNoForms = new()
    {
        ["flag"] = ["Is this the flag of {v}?", "Does this flag belong to {v}?"],
        ["landmark"] = ["Is this landmark {v}?", "Does the picture show {v}?"],
        ["place"] = ["Is {x} in {v}?", "Is {v} the country of {x}?"],
        ["attribute"] = ["Is {v} the {a} of {x}?", "Does {x} have the {a} {v}?"],
    };

    private static readonly string[] Lists = ["Choose: {0}, {1}, {2} or {3}.", "Is it {0}, {1}, {2} or {3}?"];

    private readonly Dictionary<(string, string, bool), List<int>> packs = [];

    /// <summary>An open question.</summary>
    /// <param name="kind">flag, landmark, place or attribute.</param>
    /// <param name="x">What is asked about, where the kind has it.</param>
    /// <param name="attribute">Which attribute, where the kind has it.</param>
    /// <param name="value">The right value.</param>
    /// <param name="locality">Whether the probe is one that the edit must not change.</param>
    /// <param name="not">A form that must not be taken, or null.</param>
    public Wording Open(string kind, string x, string attribute, string value, bool locality, string? not = null)
    {
        var forms = OpenForms[kind];
        var form = Deal(kind, "open", locality, forms.Length, n => $"{kind}/open/{n}" != not);
        return new(Fill(forms[form], x, attribute), $"{kind}/open/{form}", value);
    }

    /// <summary>Whether the answer is a candidate.</summary>
    public Wording YesNo(string kind, string x, string attribute, string value, string candidate, bool locality)
    {
        var forms = YesNoForms[kind];
        var form = Deal(kind, candidate == value ? "yes" : "no", locality, forms.Length);
        return new(Fill(forms[form], x, attribute).Replace("{v}", candidate, StringComparison.Ordinal), $"{kind}/yes-no/{form}", candidate == value
            ? "yes" : "no");
    }

    /// <summary>One of four.</summary>
    public Wording Choice(string kind, string x, string attribute, string value, string[] options, bool locality)
    {
        var (form, list) = (Deal(kind, "choice", locality, OpenForms[kind].Length), Deal(kind, "list", locality, Lists.Length));
        var text = $"{Fill(OpenForms[kind][form], x, attribute)} {string.Format(null, Lists[list], options)}";
        return new(text, $"{kind}/choice/{form}{(char)('a' + list)}", value);
    }

    private int Deal(string kind, string style, bool locality, int forms, Predicate<int>? fits = null)
    {
        if (!packs.TryGetValue((kind, style, locality), out var pack)) pack = packs[(kind, style, locality)] = [];
        if (!pack.Exists(form => fits?.Invoke(form) ?? true))
        {
            int[] fresh = [.. Enumerable.Range(0, forms)];
            random.Shuffle(fresh);
            pack.AddRange(fresh);
        }
        var at = pack.FindIndex(form => fits?.Invoke(form) ?? true);
        var dealt = pack[at];
        pack.RemoveAt(at);
        return dealt;
    }

    private static string Fill(string form, string x, string attribute)
    {
        var text = form.Replace("{a}", attribute, StringComparison.Ordinal).Replace("{x}", x, StringComparison.Ordinal);
        return char.ToUpperInvariant(text[0]) + text[1..];
    }
}
