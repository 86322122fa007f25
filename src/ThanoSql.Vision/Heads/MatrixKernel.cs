using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ThanoSql.Vision.Heads;

/// <summary>
/// C[m, n] += sum over p of A(p, m) * B[p, n], for a panel of 32 columns n, in single precision. Each element is summed in the order of p with fused
/// multiply-add, whatever the tile, so one row alone and the same row within a batch give the same bits on every machine. Register tiling after Goto
/// and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008).
/// </summary>
internal static class MatrixKernel
{
    /// <summary>Columns of a panel.</summary>
    public const int Panel = 32;

    private const int TileRows = 6;

    /// <summary>The smallest multiple of the panel width that holds <paramref name="columns"/>.</summary>
    public static int Padded(int columns) => (columns + Panel - 1) / Panel * Panel;

    /// <summary>One panel. A(p, m) lies at <c>a[p * steps.Depth + m * steps.Row]</c>; B and C are row-major.</summary>
    public static void MultiplyAdd(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, Steps steps, int rows, int depth)
    {
        if (rows == 0 || depth == 0)
            return;
        CheckBounds(a.Length, b.Length, c.Length, steps, rows, depth);
        ref var a0 = ref MemoryMarshal.GetReference(a);
        ref var b0 = ref MemoryMarshal.GetReference(b);
        ref var c0 = ref MemoryMarshal.GetReference(c);
        var m = 0;
        for (; m + TileRows <= rows; m += TileRows)
        {
            ref var am = ref Unsafe.Add(ref a0, m * steps.Row);
            ref var cm = ref Unsafe.Add(ref c0, m * steps.C);
            if (Vector512.IsHardwareAccelerated)
            {
                Tile512(ref am, ref b0, ref cm, steps, depth);
                continue;
            }
            Tile256(ref am, ref b0, ref cm, steps, depth);
            Tile256(ref am, ref Unsafe.Add(ref b0, Panel / 2), ref Unsafe.Add(ref cm, Panel / 2), steps, depth);
        }
        for (; m < rows; m++)
            Row(ref Unsafe.Add(ref a0, m * steps.Row), steps.Depth, ref b0, steps.B, ref Unsafe.Add(ref c0, m * steps.C), depth);
    }

    private static void CheckBounds(int a, int b, int c, Steps steps, int rows, int depth)
    {
        if (a <= ((depth - 1) * steps.Depth) + ((rows - 1) * steps.Row)
            || b < ((depth - 1) * steps.B) + Panel
            || c < ((rows - 1) * steps.C) + Panel)
        {
            throw new ArgumentException("A matrix is smaller than its rows and steps say.");
        }
    }

    private static void Tile512(ref float a, ref float b, ref float c, Steps steps, int depth)
    {
        var (aStep, step, bStep, cStep) = steps;
        Vector512<float> s0, t0, s1, t1, s2, t2, s3, t3, s4, t4, s5, t5;
        (s0, t0) = Load512(ref c, 0);
        (s1, t1) = Load512(ref c, cStep);
        (s2, t2) = Load512(ref c, 2 * cStep);
        (s3, t3) = Load512(ref c, 3 * cStep);
        (s4, t4) = Load512(ref c, 4 * cStep);
        (s5, t5) = Load512(ref c, 5 * cStep);
        nint ap = 0, bp = 0;
        for (var p = 0; p < depth; p++, ap += aStep, bp += bStep)
        {
            var s = Vector512.LoadUnsafe(ref Unsafe.Add(ref b, bp));
            var t = Vector512.LoadUnsafe(ref Unsafe.Add(ref b, bp + 16));
            ref var x = ref Unsafe.Add(ref a, ap);
            var v = Vector512.Create(x);
            (s0, t0) = (Vector512.FusedMultiplyAdd(v, s, s0), Vector512.FusedMultiplyAdd(v, t, t0));
            v = Vector512.Create(Unsafe.Add(ref x, step));
            (s1, t1) = (Vector512.FusedMultiplyAdd(v, s, s1), Vector512.FusedMultiplyAdd(v, t, t1));
            v = Vector512.Create(Unsafe.Add(ref x, 2 * step));
            (s2, t2) = (Vector512.FusedMultiplyAdd(v, s, s2), Vector512.FusedMultiplyAdd(v, t, t2));
            v = Vector512.Create(Unsafe.Add(ref x, 3 * step));
            (s3, t3) = (Vector512.FusedMultiplyAdd(v, s, s3), Vector512.FusedMultiplyAdd(v, t, t3));
            v = Vector512.Create(Unsafe.Add(ref x, 4 * step));
            (s4, t4) = (Vector512.FusedMultiplyAdd(v, s, s4), Vector512.FusedMultiplyAdd(v, t, t4));
            v = Vector512.Create(Unsafe.Add(ref x, 5 * step));
            (s5, t5) = (Vector512.FusedMultiplyAdd(v, s, s5), Vector512.FusedMultiplyAdd(v, t, t5));
        }
        Store512(ref c, 0, s0, t0);
        Store512(ref c, cStep, s1, t1);
        Store512(ref c, 2 * cStep, s2, t2);
        Store512(ref c, 3 * cStep, s3, t3);
        Store512(ref c, 4 * cStep, s4, t4);
        Store512(ref c, 5 * cStep, s5, t5);
    }

    private static void Tile256(ref float a, ref float b, ref float c, Steps steps, int depth)
    {
        var (aStep, step, bStep, cStep) = steps;
        Vector256<float> s0, t0, s1, t1, s2, t2, s3, t3, s4, t4, s5, t5;
        (s0, t0) = Load256(ref c, 0);
        (s1, t1) = Load256(ref c, cStep);
        (s2, t2) = Load256(ref c, 2 * cStep);
        (s3, t3) = Load256(ref c, 3 * cStep);
        (s4, t4) = Load256(ref c, 4 * cStep);
        (s5, t5) = Load256(ref c, 5 * cStep);
        nint ap = 0, bp = 0;
        for (var p = 0; p < depth; p++, ap += aStep, bp += bStep)
        {
            var s = Vector256.LoadUnsafe(ref Unsafe.Add(ref b, bp));
            var t = Vector256.LoadUnsafe(ref Unsafe.Add(ref b, bp + 8));
            ref var x = ref Unsafe.Add(ref a, ap);
            var v = Vector256.Create(x);
            (s0, t0) = (Vector256.FusedMultiplyAdd(v, s, s0), Vector256.FusedMultiplyAdd(v, t, t0));
            v = Vector256.Create(Unsafe.Add(ref x, step));
            (s1, t1) = (Vector256.FusedMultiplyAdd(v, s, s1), Vector256.FusedMultiplyAdd(v, t, t1));
            v = Vector256.Create(Unsafe.Add(ref x, 2 * step));
            (s2, t2) = (Vector256.FusedMultiplyAdd(v, s, s2), Vector256.FusedMultiplyAdd(v, t, t2));
            v = Vector256.Create(Unsafe.Add(ref x, 3 * step));
            (s3, t3) = (Vector256.FusedMultiplyAdd(v, s, s3), Vector256.FusedMultiplyAdd(v, t, t3));
            v = Vector256.Create(Unsafe.Add(ref x, 4 * step));
            (s4, t4) = (Vector256.FusedMultiplyAdd(v, s, s4), Vector256.FusedMultiplyAdd(v, t, t4));
            v = Vector256.Create(Unsafe.Add(ref x, 5 * step));
            (s5, t5) = (Vector256.FusedMultiplyAdd(v, s, s5), Vector256.FusedMultiplyAdd(v, t, t5));
        }
        Store256(ref c, 0, s0, t0);
        Store256(ref c, cStep, s1, t1);
        Store256(ref c, 2 * cStep, s2, t2);
        Store256(ref c, 3 * cStep, s3, t3);
        Store256(ref c, 4 * cStep, s4, t4);
        Store256(ref c, 5 * cStep, s5, t5);
    }

    private static void Row(ref float a, int aStep, ref float b, int bStep, ref float c, int depth)
    {
        var (s0, s1) = Load256(ref c, 0);
        var (s2, s3) = Load256(ref c, 16);
        nint ap = 0, bp = 0;
        for (var p = 0; p < depth; p++, ap += aStep, bp += bStep)
        {
            var v = Vector256.Create(Unsafe.Add(ref a, ap));
            ref var y = ref Unsafe.Add(ref b, bp);
            s0 = Vector256.FusedMultiplyAdd(v, Vector256.LoadUnsafe(ref y), s0);
            s1 = Vector256.FusedMultiplyAdd(v, Vector256.LoadUnsafe(ref y, 8), s1);
            s2 = Vector256.FusedMultiplyAdd(v, Vector256.LoadUnsafe(ref y, 16), s2);
            s3 = Vector256.FusedMultiplyAdd(v, Vector256.LoadUnsafe(ref y, 24), s3);
        }
        Store256(ref c, 0, s0, s1);
        Store256(ref c, 16, s2, s3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> Low, Vector512<float> High) Load512(ref float c, nint at) =>
        (Vector512.LoadUnsafe(ref Unsafe.Add(ref c, at)), Vector512.LoadUnsafe(ref Unsafe.Add(ref c, at + 16)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store512(ref float c, nint at, Vector512<float> low, Vector512<float> high)
    {
        low.StoreUnsafe(ref Unsafe.Add(ref c, at));
        high.StoreUnsafe(ref Unsafe.Add(ref c, at + 16));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> Low, Vector256<float> High) Load256(ref float c, nint at) =>
        (Vector256.LoadUnsafe(ref Unsafe.Add(ref c, at)), Vector256.LoadUnsafe(ref Unsafe.Add(ref c, at + 8)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store256(ref float c, nint at, Vector256<float> low, Vector256<float> high)
    {
        low.StoreUnsafe(ref Unsafe.Add(ref c, at));
        high.StoreUnsafe(ref Unsafe.Add(ref c, at + 8));
    }

    /// <summary>Elements to the next depth and the next row of A, to the next row of B, and to the next row of C.</summary>
    public readonly record struct Steps(int Depth, int Row, int B, int C);
}
