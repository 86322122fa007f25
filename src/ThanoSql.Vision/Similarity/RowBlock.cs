using System.Numerics;
using System.Runtime.CompilerServices;

namespace ThanoSql.Vision.Similarity;

/// <summary>Rows that lie together: what one thread takes at a time, and what memory grows by.</summary>
internal sealed class RowBlock
{
    public const int Rows = 4096;

    private const int Together = 256; // their products stay in the first cache
    private const int CacheLine = 64;

    private readonly int _stride;
    private readonly sbyte[] _codes;
    private readonly int _start; // of the first row in them, at a cache line
    private readonly QuantisedRow[] _quantised = new QuantisedRow[Rows];
    private readonly long[] _contents = new long[Rows];

    /// <param name="stride">Codes of a row, padded.</param>
    public RowBlock(int stride)
    {
        _stride = stride;
        _codes = GC.AllocateUninitializedArray<sbyte>((Rows * stride) + CacheLine, pinned: true);
        _start = (int)(-Marshal.UnsafeAddrOfPinnedArrayElement(_codes, 0) & (CacheLine - 1));
    }

    public static long BytesOf(int stride) => Rows * ((long)stride + Unsafe.SizeOf<QuantisedRow>() + sizeof(long));

    public long ContentOf(int row) => _contents[row];

    /// <summary>Says whose row it is.</summary>
    public void Name(int row, long content) => _contents[row] = content;

    /// <summary>Puts a vector into a row.</summary>
    /// <returns>False when it is not finite; the row is spoilt then.</returns>
    public bool TryWrite(int row, ReadOnlySpan<Half> stored) => QuantisedRow.TryQuantise(stored, Codes(row, 1), out _quantised[row]);

    public void Copy(RowBlock from, int row, int to)
    {
        from.Codes(row, 1).CopyTo(Codes(to, 1));
        (_quantised[to], _contents[to]) = (from._quantised[row], from._contents[row]);
    }

    /// <summary>Offers those of the first <paramref name="count"/> rows that may be near enough.</summary>
    public void Scan(CosineQuery query, int count, Candidates found)
    {
        Span<int> dots = stackalloc int[Together];
        for (var first = 0; first < count; first += Together)
        {
            var rows = Math.Min(Together, count - first);
            CodeProduct.Multiply(Codes(first, rows), query.Codes, dots[..rows]);
            for (var i = 0; i < rows; i++)
                Offer(first + i, dots[i], query, found);
        }
    }

    /// <summary>Offers those of some rows that may be near enough.</summary>
    /// <param name="query">What they are compared with.</param>
    /// <param name="rows">A bit for each row.</param>
    /// <param name="found">They are offered to it.</param>
    public void Scan(CosineQuery query, ReadOnlySpan<ulong> rows, Candidates found)
    {
        Span<int> dot = stackalloc int[1];
        for (var word = 0; word < rows.Length; word++)
        {
            for (var left = rows[word]; left != 0; left &= left - 1)
            {
                var row = (word * 64) + BitOperations.TrailingZeroCount(left);
                CodeProduct.Multiply(Codes(row, 1), query.Codes, dot);
                Offer(row, dot[0], query, found);
            }
        }
    }

    private void Offer(int row, int dot, CosineQuery query, Candidates found)
    {
        var quantised = _quantised[row];
        var estimate = dot * (quantised.Scale * query.Scale);
        var off = quantised.Error + query.Margin;
        if (estimate + off >= found.Floor)
            found.Offer(_contents[row], estimate - off, Math.Min(estimate + off, 1));
    }

    private Span<sbyte> Codes(int row, int rows) => _codes.AsSpan(_start + (row * _stride), rows * _stride);
}
