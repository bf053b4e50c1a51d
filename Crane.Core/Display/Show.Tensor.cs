using System.Text;
using Crane.Core.Vision;
using static TorchSharp.torch;

namespace Crane.Core.Display;

public static partial class Show
{
    private const int FirstRows = 6;
    private const int FirstColumns = 8;
    private const int MostCells = 512;

    /// <summary>A tensor: shape, type, device, statistics, how many values are not finite, and the first values.</summary>
    /// <remarks>The statistics are over the finite values, in float64; the standard deviation divides by n − 1. No live tensor is left behind.</remarks>
    /// <param name="tensor">Any dense tensor.</param>
    /// <param name="heatMap">Adds the last two dimensions (at index 0 of the others) as a picture, dark for the smallest value and bright for the
    /// largest; at most 512 rows and columns, taken at even steps.</param>
    public static View Tensor(Tensor tensor, bool heatMap = false)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        (string Name, string Value)[] facts = [("shape", Shape(tensor)), ("dtype", tensor.dtype.ToString().ToLowerInvariant()),
            ("device", tensor.device.ToString())];
        if (tensor.device_type == TorchSharp.DeviceType.META || tensor.numel() == 0) return new View(Line(facts), Html.Wrap(Facts(facts)));

        var values = (tensor.is_complex() ? tensor.abs() : tensor).detach().to(CPU).to(float64);
        facts = [.. facts, .. Statistics(values)];
        var plane = Plane(values);
        var (cells, rows, columns) = (First(plane), plane.shape[0], plane.shape[1]);
        var (text, html) = (Line(facts) + "\n" + Aligned(cells, rows, columns), Facts(facts) + TensorTable(cells, rows, columns));
        if (!heatMap) return new View(text, Html.Wrap(html));

        var map = Raster.HeatMap(Matrix(plane));
        var png = PictureFile.ToPng(Raster.Enlarge(map, Raster.Factor(map.Width, map.Width > map.Height * 6 ? 720 : 360)));
        return new View(text, Html.Wrap(html + $"<figure style=\"margin-top:.6em\">{Html.Image(png, "heat map of " + Line(facts), Math.Min(720, map.Width * Raster.Factor(map.Width, map.Width > map.Height * 6 ? 720 : 360)))}</figure>"), png);
    }

    private static string Shape(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";

    private static List<(string, string)> Statistics(Tensor values)
    {
        var finite = values.isfinite();
        var kept = values.masked_select(finite);
        var count = kept.numel();
        string Number(Tensor t) => t.item<double>().ToString("G4");
        List<(string, string)> facts = count == 0 ? [] : [("min", Number(kept.min())), ("mean", Number(kept.mean())), ("max", Number(kept.max()))];
        if (count > 1) facts.Add(("std", Number(kept.std())));
        facts.Add(("NaN", values.isnan().sum().item<long>().ToString()));
        facts.Add(("inf", values.isinf().sum().item<long>().ToString()));
        return facts;
    }

    /// <summary>The last two dimensions <c>[rows, columns]</c> at index 0 of the others; a vector is a row.</summary>
    private static Tensor Plane(Tensor values)
    {
        while (values.dim() > 2) values = values[0];
        return values.dim() switch { 0 => values.reshape(1, 1), 1 => values.unsqueeze(0), _ => values };
    }

    private static string[][] First(Tensor plane)
    {
        var (rows, columns) = (Math.Min(FirstRows, plane.shape[0]), Math.Min(FirstColumns, plane.shape[1]));
        var numbers = plane.narrow(0, 0, rows).narrow(1, 0, columns).contiguous().data<double>().ToArray();
        return [.. numbers.Chunk((int)columns).Select(row => row.Select(v => v.ToString(v == Math.Round(v) && Math.Abs(v) < 1e6 ? "0" : "G4")).ToArray())];
    }

    private static double[,] Matrix(Tensor plane)
    {
        Tensor Thin(Tensor t, int dimension) => t.shape[dimension] <= MostCells ? t
            : t.index_select(dimension, linspace(0, t.shape[dimension] - 1, MostCells, float64).to(int64));
        var thin = Thin(Thin(plane, 0), 1).contiguous();
        var (numbers, matrix) = (thin.data<double>().ToArray(), new double[thin.shape[0], thin.shape[1]]);
        Buffer.BlockCopy(numbers, 0, matrix, 0, numbers.Length * sizeof(double));
        return matrix;
    }

    private static string Line(IEnumerable<(string Name, string Value)> facts) => string.Join("  ", facts.Select(f => $"{f.Name} {f.Value}"));

    private static string Facts(IEnumerable<(string Name, string Value)> facts) =>
        $"<div class=\"facts\">{string.Concat(facts.Select(f => $"<span><span>{f.Name}</span>{Html.Escape(f.Value)}</span>"))}</div>";

    private static string Aligned(string[][] cells, long rows, long columns)
    {
        var width = cells.Max(row => row.Max(c => c.Length));
        var text = new StringBuilder();
        foreach (var row in cells) text.Append(string.Join("  ", row.Select(c => c.PadLeft(width)))).Append(columns > FirstColumns ? "  …\n" : "\n");
        return (text + (rows > FirstRows ? "…" : "")).TrimEnd();
    }

    private static string TensorTable(string[][] cells, long rows, long columns)
    {
        var more = columns > FirstColumns ? "<td>…</td>" : "";
        var head = string.Concat(Enumerable.Range(0, cells[0].Length).Select(c => $"<th class=\"num\">{c}</th>"));
        var body = string.Concat(cells.Select((row, r) =>
            $"<tr><th class=\"num\">{r}</th>{string.Concat(row.Select(c => $"<td class=\"num\">{Html.Escape(c)}</td>"))}{more}</tr>"));
        var rest = rows > FirstRows ? $"<tr><th class=\"num\">⋮</th>{string.Concat(cells[0].Select(_ => "<td class=\"num\">⋮</td>"))}</tr>" : "";
        return $"<table class=\"tensor\"><thead><tr><th></th>{head}</tr></thead><tbody>{body}{rest}</tbody></table>";
    }
}
