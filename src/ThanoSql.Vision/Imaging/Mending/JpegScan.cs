namespace ThanoSql.Vision.Imaging.Mending;

/// <summary>
/// Follows the codes of a sequential scan without decoding pixels, to know how much of it is there (ITU-T T.81, F.2.2). Each code takes at least one
/// bit, so the work is bounded by the file's length.
/// </summary>
internal sealed class JpegScan(JpegFrame frame, JpegTables tables)
{
    private readonly List<(JpegComponent Component, HuffmanTable Dc, HuffmanTable Ac)> _scanned = [];

    /// <param name="header">Behind its length.</param>
    /// <returns>False when it names what the file has not.</returns>
    public bool Open(ReadOnlySpan<byte> header)
    {
        if (header.Length < 1 || header[0] is < 1 or > 4 || header.Length < 4 + 2 * header[0])
            return false;
        for (var i = 0; i < header[0]; i++)
        {
            var (id, selectors) = (header[1 + 2 * i], header[2 + 2 * i]);
            var component = frame.Components.FirstOrDefault(c => c.Id == id);
            if (component.Across == 0 || tables.Dc[(selectors >> 4) & 3] is not { } dc || tables.Ac[selectors & 3] is not { } ac)
                return false;
            _scanned.Add((component, dc, ac));
        }
        return true;
    }

    public IEnumerable<int> Components => _scanned.Select(s => s.Component.Id);

    /// <param name="data">From behind the header to the end of the file.</param>
    /// <returns>Rows of pixels from the top that are whole; and where the scan ends.</returns>
    public (int Rows, int Length) Follow(ReadOnlySpan<byte> data)
    {
        var (perRow, rows, pixelRows) = frame.Units([.. _scanned.Select(s => s.Component)]);
        var bits = new ScanBits(data);
        long total = (long)perRow * rows;
        for (long unit = 0; unit < total; unit++)
        {
            var isRestart = tables.RestartInterval > 0 && unit > 0 && unit % tables.RestartInterval == 0;
            if ((isRestart && !bits.Restart((int)(unit / tables.RestartInterval - 1) & 7)) || !SkipUnit(ref bits))
                return ((int)(unit / perRow) * pixelRows, data.Length);
        }
        return (frame.Height, bits.Position);
    }

    private bool SkipUnit(ref ScanBits bits)
    {
        foreach (var (component, dc, ac) in _scanned)
        {
            var blocks = _scanned.Count == 1 ? 1 : component.Across * component.Down;
            for (var i = 0; i < blocks; i++)
            {
                if (!SkipBlock(ref bits, dc, ac))
                    return false;
            }
        }
        return true;
    }

    private static bool SkipBlock(ref ScanBits bits, HuffmanTable dc, HuffmanTable ac)
    {
        if (dc.Next(ref bits) is not (>= 0 and <= 16 and var size) || !bits.Skip(size))
            return false;
        for (var k = 1; k < 64; k++)
        {
            if (ac.Next(ref bits) is not (>= 0 and var symbol))
                return false;
            var (zeros, length) = (symbol >> 4, symbol & 15);
            if (length == 0 && zeros != 15)
                return true; // end of block
            k += zeros;
            if (k > 63 || !bits.Skip(length))
                return false;
        }
        return true;
    }
}

/// <summary>The Huffman tables and the restart interval in force at some place of a JPEG.</summary>
internal sealed class JpegTables
{
    public HuffmanTable?[] Dc { get; } = new HuffmanTable?[4];

    public HuffmanTable?[] Ac { get; } = new HuffmanTable?[4];

    /// <summary>Units between restart markers; 0 for none.</summary>
    public int RestartInterval { get; private set; }

    /// <param name="segment">Of DHT, behind its length.</param>
    public void ReadHuffman(ReadOnlySpan<byte> segment)
    {
        while (segment.Length > 0)
        {
            var of = (segment[0] >> 4) == 0 ? Dc : Ac;
            var number = segment[0] & 3;
            if (HuffmanTable.Read(segment[1..], out var length) is not { } table)
                return;
            of[number] = table;
            segment = segment[(1 + length)..];
        }
    }

    /// <param name="segment">Of DRI, behind its length.</param>
    public void ReadInterval(ReadOnlySpan<byte> segment) =>
        RestartInterval = segment.Length < 2 ? 0 : BinaryPrimitives.ReadUInt16BigEndian(segment);
}
