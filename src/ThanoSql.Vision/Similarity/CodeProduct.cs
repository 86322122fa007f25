using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ThanoSql.Vision.Similarity;

/// <summary>
/// Dot products of rows of int8 codes with one row of int16 codes. Exact: whoever makes the codes keeps the sum of their products within an int.
/// </summary>
internal static class CodeProduct
{
    /// <summary>Rows are as long as a multiple of this, with zeros at their end.</summary>
    public const int Step = 64;

    /// <summary>The smallest multiple of <see cref="Step"/> that holds <paramref name="dimensions"/>.</summary>
    public static int Padded(int dimensions) => (dimensions + Step - 1) / Step * Step;

    /// <param name="rows">[dots.Length, query.Length].</param>
    /// <param name="query">Of a padded length.</param>
    /// <param name="dots">One for each row.</param>
    public static void Multiply(ReadOnlySpan<sbyte> rows, ReadOnlySpan<short> query, Span<int> dots)
    {
        if (query.Length % Step != 0 || rows.Length < (long)dots.Length * query.Length)
            throw new ArgumentException("The rows are shorter than they are said to be.");
        if (Avx512BW.IsSupported)
            Multiply512(rows, query, dots);
        else if (Avx2.IsSupported)
            Multiply256(rows, query, dots);
        else
            MultiplyPlain(rows, query, dots);
    }

    internal static void Multiply512(ReadOnlySpan<sbyte> rows, ReadOnlySpan<short> query, Span<int> dots)
    {
        ref var row = ref MemoryMarshal.GetReference(rows);
        ref var q = ref MemoryMarshal.GetReference(query);
        for (var r = 0; r < dots.Length; r++, row = ref Unsafe.Add(ref row, query.Length))
        {
            var (even, odd) = (Vector512<int>.Zero, Vector512<int>.Zero);
            for (nuint i = 0; i < (nuint)query.Length; i += Step)
            {
                even += Avx512BW.MultiplyAddAdjacent(
                    Avx512BW.ConvertToVector512Int16(Vector256.LoadUnsafe(ref row, i)), Vector512.LoadUnsafe(ref q, i));
                odd += Avx512BW.MultiplyAddAdjacent(
                    Avx512BW.ConvertToVector512Int16(Vector256.LoadUnsafe(ref row, i + 32)), Vector512.LoadUnsafe(ref q, i + 32));
            }
            dots[r] = Vector512.Sum(even + odd);
        }
    }

    internal static void Multiply256(ReadOnlySpan<sbyte> rows, ReadOnlySpan<short> query, Span<int> dots)
    {
        ref var row = ref MemoryMarshal.GetReference(rows);
        ref var q = ref MemoryMarshal.GetReference(query);
        for (var r = 0; r < dots.Length; r++, row = ref Unsafe.Add(ref row, query.Length))
        {
            var (even, odd) = (Vector256<int>.Zero, Vector256<int>.Zero);
            for (nuint i = 0; i < (nuint)query.Length; i += 32)
            {
                even += Avx2.MultiplyAddAdjacent(
                    Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref row, i)), Vector256.LoadUnsafe(ref q, i));
                odd += Avx2.MultiplyAddAdjacent(
                    Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref row, i + 16)), Vector256.LoadUnsafe(ref q, i + 16));
            }
            dots[r] = Vector256.Sum(even + odd);
        }
    }

    internal static void MultiplyPlain(ReadOnlySpan<sbyte> rows, ReadOnlySpan<short> query, Span<int> dots)
    {
        for (var r = 0; r < dots.Length; r++)
        {
            var row = rows.Slice(r * query.Length, query.Length);
            var dot = 0;
            for (var i = 0; i < row.Length; i++)
                dot += row[i] * query[i];
            dots[r] = dot;
        }
    }
}
