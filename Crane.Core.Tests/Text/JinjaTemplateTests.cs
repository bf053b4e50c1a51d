using System.Text.Json;
using Crane.Core.Text;
using Crane.Core.Text.Jinja;

namespace Crane.Core.Tests.Text;

/// <summary>The language itself; expected values are what Jinja 3.1 with Hugging Face's settings gives.</summary>
public class JinjaTemplateTests
{
    private static readonly IReadOnlyDictionary<string, JsonElement> Variables = JsonDocument.Parse("""
        {"x": 3, "f": 1.5, "s": "a<b>'c'", "l": [1, 2, 3, 4], "d": {"k": "v", "n": null, "b": true}, "e": [], "u": "𠜎é",
         "ps": [{"name": "Ann", "age": 3}, {"name": "bob", "age": 2}, {"name": "Cy"}]}
        """).RootElement.EnumerateObject().ToDictionary(property => property.Name, property => property.Value);

    [Theory]
    [InlineData("{{ 1 + 2 * 3 ** 2 - 7 // 2 }} {{ 7 / 2 }} {{ -7 % 3 }} {{ -x | abs }} {{ 'a' * 3 }}", "16 3.5 2 3 aaa")]
    [InlineData("{{ 1 ~ 'a' ~ none ~ true }} {{ f }} {{ 2 ** 0.5 > 1 }}", "1aNoneTrue 1.5 True")]
    [InlineData("{{ 1 < 2 < 3 }} {{ 1 < 2 > 3 }} {{ 2 in l }} {{ 9 not in l }} {{ 'k' in d }} {{ '<' in s }}", "True False True True True True")]
    [InlineData("{{ not x == 3 or true and false }} {{ '' or 'b' }} {{ 'a' and 'b' }} {{ 1 == 1.0 }} {{ 1 == true }}", "False b b True True")]
    [InlineData("{{ 'y' if x > 2 else 'n' }}{{ 'y' if x > 5 }}|", "y|")]
    [InlineData("{{ l[0] }}{{ l[-1] }}{{ l[1:3] }}{{ l[::-1] }}{{ l[:-1] }}{{ l[9] }}{{ 'abc'[1:] }}{{ 'abc'[::-1] }}{{ u[0] }}{{ u | length }}",
        "14[2, 3][4, 3, 2, 1][1, 2, 3]bccba𠜎2")]
    [InlineData("{{ d.k }}{{ d['k'] }}{{ d.n }}{{ d.zz }}{{ d.get('zz', 7) }}{{ d }}", "vvNone7{'k': 'v', 'n': None, 'b': True}")]
    [InlineData("{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}{% for k in d %}{{ k }}{% endfor %}", "k=v;n=None;b=True;knb")]
    [InlineData("{% for i in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.previtem }} {% endfor %}", "104TrueFalse4 213FalseFalse41 322FalseFalse42 431FalseTrue43 ")]
    [InlineData("{% for i in e %}x{% else %}none{% endfor %}{% for i in l if i is odd %}{{ i }}/{{ loop.length }} {% endfor %}", "none1/2 3/2 ")]
    [InlineData("{% for i in l %}{% if i == 2 %}{% continue %}{% elif i == 4 %}{% break %}{% endif %}{{ i }}{% endfor %}", "13")]
    [InlineData("{% set a = 1 %}{% for i in l %}{% set a = a + i %}{{ a }} {% endfor %}{{ a }}", "2 3 4 5 1")]
    [InlineData("{% set n = namespace(a=1) %}{% for i in l %}{% set n.a = n.a + i %}{% endfor %}{{ n.a }}{% if true %}{% set q = 5 %}{% endif %}{{ q }}",
        "115")]
    [InlineData("{% set a, b = 1, 'z' %}{{ b }}{{ a }}{% set c %}in{{ a }}{% endset %}{{ c | upper }}", "z1IN1")]
    [InlineData("{% macro m(a, b='q') %}[{{ a }}{{ b }}]{% endmacro %}{{ m(1) }}{{ m(1, b=2) }}{{ m(b='x', a='y') }}", "[1q][12][yx]")]
    [InlineData("{{ s | tojson }}{{ d | tojson }}{{ l | tojson }}{{ f | tojson }}{{ u | tojson }}{{ '\\t\\u0001\\n' | tojson }}",
        "\"a<b>'c'\"{\"k\": \"v\", \"n\": null, \"b\": true}[1, 2, 3, 4]1.5\"𠜎é\"\"\\t\\u0001\\n\"")]
    [InlineData("{{ {'a': [1, {'b': []}]} | tojson(indent=2) }}", "{\n  \"a\": [\n    1,\n    {\n      \"b\": []\n    }\n  ]\n}")]
    [InlineData("{{ '  a ' | trim }}|{{ 'xax'.strip('x') }}|{{ '\\n\\na'.lstrip('\\n') }}|{{ 'a,b,c'.split(',')[-1] }}|{{ 'a,b,c'.split(',', 1) }}|{{ ' a  b '.split() }}", "a|a|a|c|['a', 'b,c']|['a', 'b']")]
    [InlineData("{{ 'abcabc'.replace('b', 'X') }}{{ 'abcabc'.replace('b', 'X', 1) }}{{ 'ab'.startswith('a') }}{{ 'ab'.endswith(('x', 'b')) }}{{ 'ab'.find('z') }}{{ '-'.join(['a', 'b']) }}", "aXcaXcaXcabcTrueTrue-1a-b")]
    [InlineData("{{ 'aB c'.upper() }}{{ 'aB c' | title }}{{ 'aB' | capitalize }}{{ 'AB'.lower() }}{{ 'x'.isdigit() }}", "AB CAb CAbabFalse")]
    [InlineData("{{ l | join('-') }}{{ l | first }}{{ l | last }}{{ l | sum }}{{ l | max }}{{ l | reverse | list }}{{ [2, 1, 2] | unique | list }}{{ ['b', 'A'] | sort }}", "1-2-3-414104[4, 3, 2, 1][2, 1]['A', 'b']")]
    [InlineData("{{ ps | map(attribute='name') | join(',') }} {{ ps | selectattr('age', 'defined') | map(attribute='age') | list }} {{ ps | rejectattr('age') | list | length }} {{ l | select('odd') | list }} {{ ['a'] | map('upper') | list }}", "Ann,bob,Cy [3, 2] 1 [1, 3] ['A']")]
    [InlineData("{{ zz | default('q') }}{{ '' | default('q') }}{{ '' | default('q', true) }}{{ '7' | int + 1 }}{{ 'z' | int }}{{ 2 | string + 'a' }}{{ '1.5' | float }}", "qq802a1.5")]
    [InlineData("{{ x is defined }}{{ zz is defined }}{{ zz is not defined }}{{ d.n is none }}{{ s is string }}{{ d is mapping }}{{ l is iterable }}{{ x is divisibleby 3 }}{{ true is true }}{{ x is eq 3 }}{{ x is in l }}", "TrueFalseTrueTrueTrueTrueTrueTrueTrueTrueTrue")]
    [InlineData("{{ range(3) | list }}{{ range(4, 0, -2) | list }}{{ dict(a=1) }}{{ [1] + [2] }}{{ (1, 2) | length }}", "[0, 1, 2][4, 2]{'a': 1}[1, 2]2")]
    [InlineData("{{ 1e16 }} {{ 1e-5 }} {{ 0.1 + 0.2 }} {{ 100.0 }} {{ 123456789012345.6 }} {{ 1e15 }} {{ -1.5e16 }} {{ 1e22 }}",
        "1e+16 1e-05 0.30000000000000004 100.0 123456789012345.6 1000000000000000.0 -1.5e+16 1e+22")]
    [InlineData("{{ [\"it's\", 'a\"b', '\\n'] }}", "[\"it's\", 'a\"b', '\\n']")]
    [InlineData("a {#- c -#} b {# d #} e", "ab  e")]
    [InlineData("{% raw %}{{ x }}{% endraw %}", "{{ x }}")]
    [InlineData("  {% if true %}\n  a\n  {% endif %}\nb\n", "  a\nb")]                              // lstrip_blocks, trim_blocks, one last newline dropped
    [InlineData("  {%+ if true %}\na{% endif +%}\nb", "  a\nb")]
    [InlineData("x \n {%- if true -%} \n a \n {%- endif -%} \n y", "xay")]
    [InlineData("x {{- 1 -}} \n y\n  {{ 2 }}\n", "x1y\n  2")]
    [InlineData("{% generation %}a{% endgeneration %}b", "ab")]
    [InlineData("{{ 'a' 'b' }}{{ \"q\\\"\\x41\\u00e9\" }}", "abq\"Aé")]
    [InlineData("{{ {'}}': '%}'}['}}'] }}", "%}")]
    public void Render_Construct_AsJinja(string template, string expected) => Assert.Equal(expected, Render(template));

    [Theory]
    [InlineData("\n{{ zz.y }}", "UndefinedError: 'zz' is undefined (chat template, line 2, in {{ … }})")]
    [InlineData("{{ d.zz.y }}", "UndefinedError: 'dict object' has no attribute 'zz'")]
    [InlineData("{{ l[9].y }}", "UndefinedError: list object has no element 9")]
    [InlineData("{{ l.startswith('a') }}", "UndefinedError: 'list object' has no attribute 'startswith'")]
    [InlineData("{{ none.x.y }}", "UndefinedError: 'None' has no attribute 'x'")]
    [InlineData("{{ 'a' + zz }}", "UndefinedError: 'zz' is undefined")]
    [InlineData("{{ 'a' + l }}", "TypeError: can only concatenate str (not \"list\") to str")]
    [InlineData("{{ 1 + 'a' }}", "TypeError: unsupported operand type(s) for +: 'int' and 'str'")]
    [InlineData("{{ l < 1 }}", "TypeError: '<' not supported between instances of 'list' and 'int'")]
    [InlineData("{{ l in s }}", "TypeError: 'in <string>' requires string as left operand, not list")]
    [InlineData("{{ 1 // 0 }}", "ZeroDivisionError")]
    [InlineData("{{ 9223372036854775807 + 1 }}", "OverflowError")]
    [InlineData("{{ s() }}", "TypeError: 'str' object is not callable")]
    [InlineData("{% for i in x %}{% endfor %}", "TypeError: 'int' object is not iterable (chat template, line 1, in {% for %})")]
    [InlineData("{% set d.k = 1 %}", "TemplateRuntimeError: cannot assign attribute on non-namespace object")]
    [InlineData("a\n\n{{ raise_exception('No ' ~ x) }}", "TemplateError: No 3 (chat template, line 3")]
    [InlineData("{{ range(1000000) }}", "OverflowError: Range too big")]
    [InlineData("{{ x | nosuch }}", "TemplateAssertionError: No filter named 'nosuch'. (chat template, line 1)")]
    [InlineData("{{ x is nosuch }}", "TemplateAssertionError: No test named 'nosuch'.")]
    [InlineData("{% if x %}", "Unexpected end of template, expected 'elif' or 'else' or 'endif'")]
    [InlineData("{% endif %}", "'{% endif %}' closes nothing")]
    [InlineData("{% for i in l %}{% endif %}", "expected '{% endfor %}', found '{% endif %}'")]
    [InlineData("{% include 'x' %}", "The tag '{% include %}' is not supported")]
    [InlineData("\n\n{{ x", "(chat template, line 3)")]
    [InlineData("{{ 'abc }}", "unexpected char '''")]
    [InlineData("{{ x y }}", "expected '}}', found 'y'")]
    [InlineData("{{ }}", "unexpected '}}'")]
    [InlineData("{# never closed", "Missing end of comment tag")]
    public void Render_WrongTemplate_SaysWhatAndWhere(string template, string expected) =>
        Assert.Contains(expected, Assert.Throws<JinjaException>(() => Render(template)).Message);

    [Fact]
    public void StrftimeNow_Format_AsPython() =>
        Assert.Equal(DateTime.Now.ToString("dd MMM yyyy", System.Globalization.CultureInfo.InvariantCulture), Render("{{ strftime_now('%d %b %Y') }}"));

    private static string Render(string template) => ChatTemplate.Parse(template).Render([], new() { Variables = Variables });
}
