using System.Runtime.Intrinsics;

namespace ThanoSql.Vision.Heads;

/// <summary>
/// Sums in an order that depends on the length alone. Those of TensorPrimitives depend on where the memory happens to lie, so that a model trained
/// twice would differ in its last bits.
/// </summary>
internal static class Reduction
{
    public static float Sum(ReadOnlySpan<float> values)
    {
        ref var x = ref MemoryMarshal.GetReference(values);
        Vector256<float> a = default, b = default;
        nuint at = 0, length = (nuint)values.Length, step = (nuint)Vector256<float>.Count;
        for (; at + (2 * step) <= length; at += 2 * step)
        {
            a += Vector256.LoadUnsafe(ref x, at);
            b += Vector256.LoadUnsafe(ref x, at + step);
        }
        var sum = Vector256.Sum(a + b);
        foreach (var value in values[(int)at..])
            sum += value;
        return sum;
    }

    public static double Dot(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(left.Length, right.Length);
        ref var x = ref MemoryMarshal.GetReference(left);
        ref var y = ref MemoryMarshal.GetReference(right);
        Vector256<double> a = default, b = default, c = default, d = default;
        nuint at = 0, length = (nuint)left.Length, step = (nuint)Vector256<double>.Count;
        for (; at + (4 * step) <= length; at += 4 * step)
        {
            a += Vector256.LoadUnsafe(ref x, at) * Vector256.LoadUnsafe(ref y, at);
            b += Vector256.LoadUnsafe(ref x, at + step) * Vector256.LoadUnsafe(ref y, at + step);
            c += Vector256.LoadUnsafe(ref x, at + (2 * step)) * Vector256.LoadUnsafe(ref y, at + (2 * step));
            d += Vector256.LoadUnsafe(ref x, at + (3 * step)) * Vector256.LoadUnsafe(ref y, at + (3 * step));
        }
        var sum = Vector256.Sum(a + b + (c + d));
        for (var i = (int)at; i < left.Length; i++)
            sum += left[i] * right[i];
        return sum;
    }

    public static double SumOfSquares(ReadOnlySpan<double> values) => Dot(values, values);

    public static double SumOfSquares(ReadOnlySpan<float> values)
    {
        ref var x = ref MemoryMarshal.GetReference(values);
        Vector256<double> low = default, high = default;
        nuint at = 0, length = (nuint)values.Length, step = (nuint)Vector256<float>.Count;
        for (; at + step <= length; at += step)
        {
            var (first, second) = Vector256.Widen(Vector256.LoadUnsafe(ref x, at));
            low += first * first;
            high += second * second;
        }
        var sum = Vector256.Sum(low + high);
        foreach (var value in values[(int)at..])
            sum += (double)value * value;
        return sum;
    }

    public static double Length(ReadOnlySpan<double> values) => Math.Sqrt(SumOfSquares(values));
}
