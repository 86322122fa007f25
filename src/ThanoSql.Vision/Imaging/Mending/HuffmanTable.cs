namespace ThanoSql.Vision.Imaging.Mending;

/// <summary>A Huffman table of a JPEG (ITU-T T.81, annexes C and F.2.2.3).</summary>
internal sealed class HuffmanTable
{
    private const int LongestCode = 16; // bits

    private readonly int[] _last = new int[LongestCode]; // the largest code of each length; -1 for none
    private readonly int[] _offset = new int[LongestCode]; // from a code to the place of its symbol
    private readonly byte[] _symbols;

    private HuffmanTable(ReadOnlySpan<byte> counts, byte[] symbols)
    {
        _symbols = symbols;
        for (int length = 0, code = 0, at = 0; length < LongestCode; length++, code <<= 1)
        {
            _offset[length] = at - code;
            code += counts[length];
            at += counts[length];
            _last[length] = counts[length] == 0 ? -1 : code - 1;
        }
    }

    /// <summary>Reads a table behind its class and number.</summary>
    /// <param name="segment">From the 16 counts on.</param>
    /// <param name="length">Bytes of it that the table takes.</param>
    /// <returns>Null when the segment ends before the table does.</returns>
    public static HuffmanTable? Read(ReadOnlySpan<byte> segment, out int length)
    {
        length = LongestCode;
        if (segment.Length < LongestCode)
            return null;
        var symbols = 0;
        foreach (var count in segment[..LongestCode])
            symbols += count;
        length += symbols;
        return segment.Length < length ? null : new HuffmanTable(segment, segment[LongestCode..length].ToArray());
    }

    /// <returns>The next symbol; -1 when the data end, or are none of this table's codes.</returns>
    public int Next(ref ScanBits bits)
    {
        var code = 0;
        for (var length = 0; length < LongestCode; length++)
        {
            if (bits.Next() is var bit && bit < 0)
                return -1;
            code = (code << 1) | bit;
            if (code <= _last[length])
                return (uint)(_offset[length] + code) < (uint)_symbols.Length ? _symbols[_offset[length] + code] : -1;
        }
        return -1;
    }
}
