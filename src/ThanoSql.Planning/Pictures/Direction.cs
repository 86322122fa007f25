using System.Numerics.Tensors;

namespace ThanoSql.Planning.Pictures;

/// <summary>Vectors of length 1, which are all that a cosine asks for.</summary>
internal static class Direction
{
    /// <summary>In place.</summary>
    /// <param name="vector">Finite, not all zero.</param>
    public static float[] Of(float[] vector)
    {
        // By the largest value first, so that no square runs over
        TensorPrimitives.Divide(vector, Math.Abs(TensorPrimitives.MaxMagnitude<float>(vector)), vector);
        TensorPrimitives.Divide(vector, TensorPrimitives.Norm<float>(vector), vector);
        return vector;
    }

    /// <summary>The cosine of two of length 1: -1 to 1.</summary>
    public static float Similarity(ReadOnlySpan<float> one, ReadOnlySpan<float> other) => Math.Clamp(TensorPrimitives.Dot(one, other), -1, 1);
}
