using System.Net;
using System.Text;

namespace Crane.Notebooks.Pages;

/// <summary>The TeX that chapters use, as MathML, which browsers draw without any script: letters, sub- and superscripts, fractions, roots, the
/// usual symbols. What it does not know it shows as written.</summary>
internal sealed class TexToMathMl
{
    private static readonly Dictionary<string, string> Letters = new()
    {
        ["alpha"] = "α", ["beta"] = "β", ["gamma"] = "γ", ["delta"] = "δ", ["epsilon"] = "ε", ["varepsilon"] = "ε", ["eta"] = "η", ["theta"] = "θ",
        ["kappa"] = "κ",
        ["lambda"] = "λ", ["mu"] = "μ", ["nu"] = "ν", ["pi"] = "π", ["rho"] = "ρ", ["sigma"] = "σ", ["tau"] = "τ", ["phi"] = "φ", ["varphi"] = "φ",
        ["chi"] = "χ",
        ["psi"] = "ψ", ["omega"] = "ω", ["Gamma"] = "Γ", ["Delta"] = "Δ", ["Theta"] = "Θ", ["Lambda"] = "Λ", ["Pi"] = "Π", ["Sigma"] = "Σ", ["Phi"] = "Φ",
        ["Psi"] = "Ψ",
        ["Omega"] = "Ω", ["infty"] = "∞", ["ell"] = "ℓ", ["ldots"] = "…", ["dots"] = "…", ["cdots"] = "⋯", ["emptyset"] = "∅", ["nabla"] = "∇",
        ["partial"] = "∂",
    };

    private static readonly Dictionary<string, string> Operators = new()
    {
        ["cdot"] = "·", ["times"] = "×", ["odot"] = "⊙", ["oplus"] = "⊕", ["otimes"] = "⊗", ["pm"] = "±", ["le"] = "≤", ["leq"] = "≤", ["ge"] = "≥",
        ["geq"] = "≥",
        ["ne"] = "≠", ["neq"] = "≠", ["approx"] = "≈", ["sim"] = "∼", ["equiv"] = "≡", ["propto"] = "∝", ["in"] = "∈", ["notin"] = "∉", ["subset"] = "⊂",
        ["cup"] = "∪",
        ["cap"] = "∩", ["land"] = "∧", ["wedge"] = "∧", ["lor"] = "∨", ["neg"] = "¬", ["to"] = "→", ["rightarrow"] = "→", ["mapsto"] = "↦",
        ["Rightarrow"] = "⇒",
        ["iff"] = "⇔", ["mid"] = "|", ["lVert"] = "‖", ["rVert"] = "‖", ["Vert"] = "‖", ["|"] = "‖", ["lfloor"] = "⌊", ["rfloor"] = "⌋", ["langle"] = "⟨",
        ["rangle"] = "⟩", ["sum"] = "∑", ["prod"] = "∏", ["int"] = "∫", ["forall"] = "∀", ["exists"] = "∃", ["top"] = "⊤", ["{"] = "{", ["}"] = "}",
        ["star"] = "⋆",
    };

    private static readonly HashSet<string> Functions = ["log", "exp", "min", "max", "sin", "cos", "tanh", "arg", "clip", "softmax", "det", "lim", "Pr", "sup",
        "inf", "ln"];
    private static readonly Dictionary<string, string> Accents = new() { ["hat"] = "^", ["bar"] = "¯", ["tilde"] = "~", ["vec"] = "→", ["overline"] = "¯",
        ["dot"] = "˙" };

    private readonly string tex;
    private int at;

    private TexToMathMl(string tex) => this.tex = tex;

    /// <summary>A formula as a <c>math</c> element whose tooltip is the TeX.</summary>
    public static string Convert(string tex, bool block)
    {
        var parser = new TexToMathMl(tex);
        var body = parser.Row(end: '\0');
        return $"<math display=\"{(block ? "block" : "inline")}\" title=\"{WebUtility.HtmlEncode(tex.Trim())}\"><mrow>{body}</mrow></math>";
    }

    private string Row(char end)
    {
        var row = new StringBuilder();
        while (at < tex.Length && tex[at] != end)
            row.Append(Scripted());
        at++;
        return row.ToString();
    }

    // An atom and what is set below and above it.
    private string Scripted()
    {
        var start = at;
        var atom = Atom();
        var wide = tex[start..Math.Min(at, tex.Length)].Trim() is @"\sum" or @"\prod" or @"\max" or @"\min" or @"\lim";
        string? below = null, above = null;
        for (SkipSpace(); at < tex.Length && tex[at] is '_' or '^' or '\''; SkipSpace())
        {
            var mark = tex[at++];
            if (mark == '_') below = Atom();
            else above = mark == '\'' ? "<mo>′</mo>" : Atom();
            if (at >= tex.Length) break;
        }
        return (below, above) switch
        {
            (null, null) => atom,
            (_, null) => Element(wide ? "munder" : "msub", atom + below),
            (null, _) => Element(wide ? "mover" : "msup", atom + above),
            _ => Element(wide ? "munderover" : "msubsup", atom + below + above),
        };
    }

    private string Atom()
    {
        SkipSpace();
        if (at >= tex.Length)
            return "";
        var c = tex[at++];
        switch (c)
        {
            case '{': return Element("mrow", Row('}'));
            case '\\': return Command();
            case '&': return "";
            case '~': return "<mspace width=\"0.3em\"/>";
        }
        if (char.IsAsciiDigit(c))
        {
            var start = at - 1;
            while (at < tex.Length && (char.IsAsciiDigit(tex[at]) || (tex[at] == '.' && at + 1 < tex.Length && char.IsAsciiDigit(tex[at + 1]))))
                at++;
            return Element("mn", tex[start..at]);
        }
        return char.IsLetter(c) ? Element("mi", c.ToString()) : Element("mo", WebUtility.HtmlEncode(c == '-' ? "−" : c.ToString()));
    }

    private string Command()
    {
        var start = at;
        if (at < tex.Length && char.IsLetter(tex[at]))
            while (at < tex.Length && char.IsLetter(tex[at])) at++;
        else
            at = Math.Min(at + 1, tex.Length);
        var name = tex[start..at];
        if (Letters.TryGetValue(name, out var letter)) return Element("mi", letter);
        if (name is "sum" or "prod") return Element("mo largeop=\"true\" movablelimits=\"false\" style=\"font-size:1.5em\"", Operators[name]);
        if (Operators.TryGetValue(name, out var symbol)) return Element("mo", symbol);
        if (Functions.Contains(name)) return Element("mi", name) + "<mspace width=\"0.15em\"/>";
        if (Accents.TryGetValue(name, out var accent)) return Element("mover", Atom() + Element("mo", accent));
        switch (name)
        {
            case "frac" or "tfrac" or "dfrac": return Element("mfrac", Atom() + Atom());
            case "sqrt": return Element("msqrt", Atom());
            case "text" or "mathrm" or "operatorname" or "textrm" or "mathit": return Element("mtext", WebUtility.HtmlEncode(Raw()));
            case "mathbf" or "boldsymbol": return Element("mstyle style=\"font-weight:bold\"", Atom());
            case "mathbb" or "mathcal" or "mathsf": return Styled(name);
            case "left" or "right" or "big" or "Big" or "bigl" or "bigr" or "Bigl" or "Bigr": return tex.AsSpan(at).TrimStart().StartsWith(".")
                ? Skip() : Atom();
            case "," or ";" or ":" or " ": return "<mspace width=\"0.2em\"/>";
            case "quad" or "qquad": return "<mspace width=\"1em\"/>";
            case "!" or "limits" or "displaystyle": return "";
            default: return Element("mtext", WebUtility.HtmlEncode("\\" + name));
        }
    }

    private string Skip()
    {
        SkipSpace();
        at++;
        return "";
    }

    private string Styled(string name)
    {
        var text = Raw();
        var plain = name == "mathbb" ? text switch { "R" => "ℝ", "N" => "ℕ", "Z" => "ℤ", "E" => "𝔼", "1" => "𝟙", "P" => "ℙ", _ => text }
            : name == "mathcal" ? text switch { "L" => "ℒ", "D" => "𝒟", "N" => "𝒩", "M" => "ℳ", "V" => "𝒱", "T" => "𝒯", _ => text } : text;
        return Element("mi", WebUtility.HtmlEncode(plain));
    }

    // The text of the next group, braces taken off.
    private string Raw()
    {
        SkipSpace();
        if (at >= tex.Length || tex[at] != '{')
            return at < tex.Length ? tex[at++].ToString() : "";
        var end = tex.IndexOf('}', at);
        var text = tex[(at + 1)..(end < 0 ? tex.Length : end)];
        at = end < 0 ? tex.Length : end + 1;
        return text;
    }

    private void SkipSpace()
    {
        while (at < tex.Length && char.IsWhiteSpace(tex[at])) at++;
    }

    private static string Element(string name, string content) => $"<{name}>{content}</{name.Split(' ')[0]}>";
}
