using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Crane.Core.Memory;

/// <summary>A query as the scan reads it.</summary>
internal sealed class ScanQuery
{
    public ScanQuery(ReadOnlySpan<float> query, ScanPrecision precision)
    {
        Values = VectorRows.Scaled(query);
        Length = Math.Sqrt(VectorChecks.SquareSum(Values));
        Unit = VectorChecks.Normalise(Values);
        if (precision is not ScanPrecision.Int8) return;
        Step = TensorPrimitives.MaxMagnitude<float>(Unit) / 127;
        Shorts = [.. Unit.Select(v => (short)MathF.Round(v / Step))];
    }

    public float[] Values { get; }
    public double Length { get; }
    public float[] Unit { get; }
    public float Step { get; }
    public short[] Shorts { get; } = [];
}

/// <summary>The numbers of an index: rows in chunks, which grow without copying and are scanned in parallel.</summary>
internal sealed class VectorRows(int dimension, ScanPrecision precision)
{
    private readonly int chunkRows = Math.Max(1, (1 << 20) / dimension);   // 4 MB of float32
    private readonly List<float[]> values = [];
    private readonly List<sbyte[]> bytes = [];
    private readonly List<double> lengths = [];
    private readonly List<float> factors = [];   // score = factor × (row · query), the row in its stored form
    private int count;

    public int Chunks => (count + chunkRows - 1) / chunkRows;

    /// <summary>Largest difference of a float32 cosine from the true one: half a unit in the last place for each addition on the way, of 8 lanes or
    /// more.</summary>
    public static float RoundingError(int dimension) => 6e-8f * (dimension / 8f + 24);

    /// <summary>The vector times a power of two that brings its largest number into [1, 2): no rounding, and products neither overflow nor vanish.</summary>
    public static float[] Scaled(ReadOnlySpan<float> vector)
    {
        var exponent = -Math.ILogB(TensorPrimitives.MaxMagnitude(vector));
        var scaled = new float[vector.Length];
        for (var i = 0; i < scaled.Length; i++) scaled[i] = (float)Math.ScaleB((double)vector[i], exponent);
        return scaled;
    }

    public void Add(ReadOnlySpan<float> vector)
    {
        if (count == values.Count * chunkRows)
        {
            values.Add(GC.AllocateUninitializedArray<float>(chunkRows * dimension));
            if (precision is ScanPrecision.Int8) bytes.Add(GC.AllocateUninitializedArray<sbyte>(chunkRows * dimension));
        }
        count++;
        lengths.Add(0);
        factors.Add(0);
        Set(count - 1, vector);
    }

    public void Set(int row, ReadOnlySpan<float> vector)
    {
        var scaled = Scaled(vector);
        scaled.CopyTo(Row(values, row));
        lengths[row] = Math.Sqrt(VectorChecks.SquareSum(scaled));
        factors[row] = (float)(1 / lengths[row]);
        if (precision is not ScanPrecision.Int8) return;
        var step = TensorPrimitives.MaxMagnitude<float>(scaled) / 127;
        var target = Row(bytes, row);
        for (var i = 0; i < dimension; i++) target[i] = (sbyte)MathF.Round(scaled[i] / step);
        factors[row] = (float)(step / lengths[row]);
    }

    public void Move(int from, int to)
    {
        Row(values, from).CopyTo(Row(values, to));
        if (precision is ScanPrecision.Int8) Row(bytes, from).CopyTo(Row(bytes, to));
        (lengths[to], factors[to]) = (lengths[from], factors[from]);
    }

    public void RemoveLast()
    {
        count--;
        lengths.RemoveAt(count);
        factors.RemoveAt(count);
        if (count > (values.Count - 2) * chunkRows) return;   // one spare chunk stays
        values.RemoveAt(values.Count - 1);
        if (precision is ScanPrecision.Int8) bytes.RemoveAt(bytes.Count - 1);
    }

    /// <summary>Writes the approximate cosine of each row of a chunk to its place in <paramref name="scores"/>.</summary>
    public void Scan(int chunk, ScanQuery query, float[] scores)
    {
        var first = chunk * chunkRows;
        var target = scores.AsSpan(first, Math.Min(chunkRows, count - first));
        if (precision is ScanPrecision.Int8) ScanBytes(bytes[chunk], query, target);
        else ScanFloats(values[chunk], query.Unit, target);
        TensorPrimitives.Multiply(target, CollectionsMarshal.AsSpan(factors).Slice(first, target.Length), target);
    }

    private void ScanFloats(float[] chunk, ReadOnlySpan<float> unit, Span<float> target)
    {
        for (var row = 0; row < target.Length; row++) target[row] = TensorPrimitives.Dot(chunk.AsSpan(row * dimension, dimension), unit);
    }

    private void ScanBytes(sbyte[] chunk, ScanQuery query, Span<float> target)
    {
        for (var row = 0; row < target.Length; row++) target[row] = query.Step * Dot(chunk.AsSpan(row * dimension, dimension), query.Shorts);
    }

    /// <summary>Σ row × query in whole numbers; at most 127² × dimension, so dimensions below 133,000 cannot overflow.</summary>
    private static int Dot(ReadOnlySpan<sbyte> row, ReadOnlySpan<short> query)
    {
        var (sum, i) = (0, 0);
        if (Avx2.IsSupported)
        {
            var lanes = Vector256<int>.Zero;
            for (; i <= row.Length - 16; i += 16)
                lanes += Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(Vector128.Create(row.Slice(i, 16))), Vector256.Create(query.Slice(i, 16)));
            sum = Vector256.Sum(lanes);
        }
        else
        {
            var lanes = Vector128<int>.Zero;
            for (; i <= row.Length - 16; i += 16)
            {
                var (low, high) = Vector128.Widen(Vector128.Create(row.Slice(i, 16)));
                var (a, b) = Vector128.Widen(low * Vector128.Create(query.Slice(i, 8)));        // 127² fits a short
                var (c, d) = Vector128.Widen(high * Vector128.Create(query.Slice(i + 8, 8)));
                lanes += a + b + c + d;
            }
            sum = Vector128.Sum(lanes);
        }
        for (; i < row.Length; i++) sum += row[i] * query[i];
        return sum;
    }

    /// <summary>The cosine in double precision.</summary>
    public double Cosine(int row, ScanQuery query) => Cosine(Row(values, row), lengths[row], query);

    /// <summary>The same of a vector from elsewhere, in the form of <see cref="Scaled"/>.</summary>
    public static double Cosine(ReadOnlySpan<float> scaled, ScanQuery query) => Cosine(scaled, Math.Sqrt(VectorChecks.SquareSum(scaled)), query);

    /// <summary>Added from the first number to the last, so that equal vectors have equal scores.</summary>
    private static double Cosine(ReadOnlySpan<float> vector, double length, ScanQuery query)
    {
        var sum = 0.0;
        for (var i = 0; i < vector.Length; i++) sum += (double)vector[i] * query.Values[i];
        return sum / (length * query.Length);
    }

    private Span<T> Row<T>(List<T[]> chunks, int row) => chunks[row / chunkRows].AsSpan(row % chunkRows * dimension, dimension);
}
