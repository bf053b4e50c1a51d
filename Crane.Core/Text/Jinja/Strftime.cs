using System.Globalization;
using System.Text;

namespace Crane.Core.Text.Jinja;

/// <summary>Dates as Python's strftime writes them in the C locale, for templates that print today's.</summary>
internal static class Strftime
{
    public static string Format(DateTime time, string format)
    {
        var written = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length) { written.Append(format[i]); continue; }
            written.Append(format[++i] switch
            {
                '%' => "%",
                'j' => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
                'd' => Net("dd"), 'm' => Net("MM"), 'Y' => Net("yyyy"), 'y' => Net("yy"), 'B' => Net("MMMM"), 'b' => Net("MMM"),
                'A' => Net("dddd"), 'a' => Net("ddd"),
                'H' => Net("HH"), 'I' => Net("hh"), 'M' => Net("mm"), 'S' => Net("ss"), 'p' => Net("tt"),
                var other => throw new JinjaException("ValueError", $"strftime_now does not know %{other}"),
            });
        }
        return written.ToString();

        string Net(string pattern) => time.ToString(pattern, CultureInfo.InvariantCulture);
    }
}
