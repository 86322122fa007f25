using System.Runtime.CompilerServices;

namespace ThanoSql.Vision.Similarity;

/// <summary>
/// A vector to compare embeddings with, by the cosine of the angle between them: exactly, and by codes within a bound.
/// </summary>
/// <remarks>
/// With unit vectors y (stored) and q (asked), and ŷ and q̂ as their codes stand for them: q·y = q̂·ŷ + q·(y - ŷ) + (q - q̂)·ŷ, so by Cauchy and
/// Schwarz the product of codes is at most ‖y - ŷ‖ + ‖q - q̂‖ ‖ŷ‖ off. The query has up to 15 bits a code, so that nearly all of it is the row's
/// own error, which is kept with the row.
/// </remarks>
public sealed class CosineQuery
{
    // ‖ŷ‖ is at most 2. Estimates and bounds are computed as floats: at most 8 roundings of numbers below 4
    private const double Rounding = 4e-6;

    private readonly double[] _unit;

    private CosineQuery(double[] unit)
    {
        _unit = unit;
        var length = CodeProduct.Padded(unit.Length);
        Codes = new short[length];
        var most = Math.Min(short.MaxValue, int.MaxValue / (sbyte.MaxValue * length));
        Scale = (float)(unit.Max(Math.Abs) / most);
        var error = 0.0;
        for (var i = 0; i < unit.Length; i++)
        {
            Codes[i] = (short)Math.Clamp(Math.Round(unit[i] / Scale), -most, most);
            var off = unit[i] - ((double)Codes[i] * Scale);
            error += off * off;
        }
        Margin = (float)((2 * Math.Sqrt(error)) + Rounding);
    }

    public int Dimensions => _unit.Length;

    /// <summary>The vector, brought to length 1.</summary>
    public IEnumerable<float> Unit => _unit.Select(v => (float)v);

    /// <summary>[dimensions, padded].</summary>
    internal short[] Codes { get; }

    /// <summary>What a code of 1 stands for.</summary>
    internal float Scale { get; }

    /// <summary>By how much an estimate may be off, beyond the row's own error.</summary>
    internal float Margin { get; }

    /// <param name="vector">[dimensions], of any length but 0.</param>
    /// <exception cref="ArgumentException">It is empty, of length 0, or not finite.</exception>
    public static CosineQuery Of(ReadOnlySpan<float> vector)
    {
        var unit = new double[vector.Length];
        var squares = 0.0;
        for (var i = 0; i < unit.Length; i++)
        {
            unit[i] = vector[i];
            squares += unit[i] * unit[i];
        }
        if (!double.IsFinite(squares))
            throw new ArgumentException("A vector with infinite values, or with some that are no numbers, is near to nothing.", nameof(vector));
        if (squares == 0)
            throw new ArgumentException("A vector of length 0 has no direction, so nothing is nearest to it.", nameof(vector));
        var length = Math.Sqrt(squares);
        for (var i = 0; i < unit.Length; i++)
            unit[i] /= length;
        return new CosineQuery(unit);
    }

    /// <summary>The cosine, correctly rounded but for the last bit; -1 to 1. To a vector of length 0 it is 0.</summary>
    /// <param name="stored">[dimensions], finite.</param>
    [SkipLocalsInit]
    public float Similarity(ReadOnlySpan<Half> stored)
    {
        CheckDimensions(stored.Length);
        Span<float> values = stored.Length <= 1024 ? stackalloc float[stored.Length] : new float[stored.Length];
        TensorPrimitives.ConvertToSingle(stored, values);
        var (dot, squares) = (0.0, 0.0);
        for (var i = 0; i < values.Length; i++)
        {
            double value = values[i];
            dot += value * _unit[i];
            squares += value * value;
        }
        return squares == 0 ? 0 : (float)Math.Clamp(dot / Math.Sqrt(squares), -1, 1);
    }

    /// <exception cref="ArgumentException">Of another space.</exception>
    public void CheckDimensions(int dimensions)
    {
        if (dimensions != _unit.Length)
            throw new ArgumentException($"The vector has {_unit.Length} values; embeddings here have {dimensions}.");
    }
}
