using System.Collections;
using System.Reflection;
using Deedle;

namespace Crane.Core.Display;

public static partial class Show
{
    /// <summary>Records as a table: a row each, a column for each public property ("GroundedSuccess" is headed "grounded success").</summary>
    /// <param name="records">Records, anonymous objects, or plain values (one column then).</param>
    public static TableView Table<T>(IEnumerable<T> records)
    {
        T[] rows = [.. records];
        if (typeof(T).IsPrimitive || typeof(T) == typeof(string) || typeof(T) == typeof(decimal))
            return new(["value"], [.. rows.Select(r => new object?[] { r })]);
        if (typeof(T).IsGenericType && typeof(T).FullName!.StartsWith("System.ValueTuple`", StringComparison.Ordinal))
        {
            var fields = typeof(T).GetFields();
            return new([.. fields.Select(f => f.Name)], [.. rows.Select(r => fields.Select(f => f.GetValue(r)).ToArray())]);
        }
        PropertyInfo[] properties = [.. typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.CanRead && p.GetIndexParameters().Length == 0)];
        return new([.. properties.Select(p => Words.Split(p.Name))], [.. rows.Select(r => properties.Select(p => p.GetValue(r)).ToArray())]);
    }

    /// <summary>Rows of values below headings.</summary>
    /// <exception cref="ArgumentException">A row has another number of values than the header.</exception>
    public static TableView Table(IReadOnlyList<string> header, IEnumerable<IReadOnlyList<object?>> rows) => new(header, [.. rows]);

    /// <summary>Columns side by side: <c>Show.Table(("reward", rewards), ("by hand", byHand))</c>.</summary>
    /// <param name="columns">Headings and values: arrays, lists or tensors of at most one dimension, all equally long.</param>
    /// <exception cref="ArgumentException">The columns differ in length, or hold no sequence.</exception>
    public static TableView Table(params (string Header, object Values)[] columns)
    {
        var values = columns.Select(c => Sequence(c.Header, c.Values)).ToArray();
        for (var c = 1; c < columns.Length; c++)
            if (values[c].Length != values[0].Length)
                throw new ArgumentException($"Column '{columns[c].Header}' has {values[c].Length} values, column '{columns[0].Header}' has {values[0].Length}.",
                    nameof(columns));
        var rows = columns.Length == 0 ? 0 : values[0].Length;
        return new([.. columns.Select(c => c.Header)], [.. Enumerable.Range(0, rows).Select(r => values.Select(v => v[r]).ToArray())]);
    }

    /// <summary>A Deedle frame as a table; its row keys come first, missing values are dashes.</summary>
    public static TableView Table<TRow, TColumn>(Frame<TRow, TColumn> frame) where TRow : notnull where TColumn : notnull
    {
        TColumn[] keys = [.. frame.ColumnKeys];
        var columns = keys.Select(k => frame.GetColumn<object>(k)).ToArray();
        object? Value(Series<TRow, object> column, TRow row) => column.TryGet(row) is { HasValue: true } found ? found.Value : null;
        return new(["", .. keys.Select(k => k.ToString() ?? "")], [.. frame.RowKeys.Select(row => columns.Select(c => Value(c, row)).Prepend(row).ToArray())]);
    }

    private static object?[] Sequence(string header, object values) => values switch
    {
        TorchSharp.torch.Tensor tensor => Numbers(header, tensor),
        string or null => throw new ArgumentException($"Column '{header}' holds no sequence of values.", nameof(values)),
        IEnumerable many => [.. many.Cast<object?>()],
        _ => throw new ArgumentException($"Column '{header}' holds a {values.GetType().Name}, expected an array, a list or a tensor.", nameof(values)),
    };

    private static object?[] Numbers(string header, TorchSharp.torch.Tensor tensor)
    {
        if (tensor.dim() > 1) throw new ArgumentException($"Column '{header}' is a tensor {Shape(tensor)}, expected one dimension.", nameof(tensor));
        using var scope = TorchSharp.torch.NewDisposeScope();
        var flat = tensor.detach().to(TorchSharp.torch.CPU).reshape(-1);
        return flat.is_floating_point() ? [.. flat.to(TorchSharp.torch.float64).data<double>().ToArray()]
            : [.. flat.to(TorchSharp.torch.int64).data<long>().ToArray()];
    }
}
