using System.Numerics.Tensors;

namespace Crane.Core.Memory;

/// <summary>Refuses vectors that have no direction, and makes directions.</summary>
public static class VectorChecks
{
    /// <summary>Makes sure that a vector can be compared by cosine.</summary>
    /// <param name="vector">The numbers.</param>
    /// <param name="dimension">How many there must be.</param>
    /// <param name="what">Named in errors: <c>item 'x'</c>, <c>the query</c>.</param>
    /// <exception cref="ArgumentException">It has another length, a number that is not finite, or only zeros.</exception>
    public static void Check(ReadOnlySpan<float> vector, int dimension, string what)
    {
        if (vector.Length != dimension)
            throw new ArgumentException($"The vector of {what} has {vector.Length} numbers, the index holds vectors of {dimension}. Was it made by another encoder?");
        for (var i = 0; i < vector.Length; i++)
            if (!float.IsFinite(vector[i]))
                throw new ArgumentException($"The vector of {what} has {vector[i]} at place {i}; every number must be finite. Look at the encoder's input.");
        if (TensorPrimitives.MaxMagnitude(vector) == 0)
            throw new ArgumentException($"The vector of {what} is zero and has no direction. Was the encoder given an empty input?");
    }

    /// <summary>The vector divided by its Euclidean length, which is computed in double precision.</summary>
    public static float[] Normalise(ReadOnlySpan<float> vector)
    {
        var length = Math.Sqrt(SquareSum(vector));
        var unit = new float[vector.Length];
        for (var i = 0; i < unit.Length; i++) unit[i] = (float)(vector[i] / length);
        return unit;
    }

    /// <summary>Σ v², added from the first to the last in double precision, so that equal vectors have equal sums.</summary>
    internal static double SquareSum(ReadOnlySpan<float> vector)
    {
        var sum = 0.0;
        foreach (var value in vector) sum += (double)value * value;
        return sum;
    }
}
