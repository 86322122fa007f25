namespace ThanoSql.Vision.Imaging.Mending;

/// <summary>The bits of a JPEG's entropy-coded data, up to the next marker (ITU-T T.81, F.2.2.5).</summary>
/// <param name="data">From the first byte behind a scan's header.</param>
internal ref struct ScanBits(ReadOnlySpan<byte> data)
{
    private readonly ReadOnlySpan<byte> _data = data;
    private int _byte;
    private int _left; // bits of it

    /// <summary>The first byte that no bit was read of.</summary>
    public int Position { get; private set; }

    /// <returns>0 or 1; -1 at a marker or the end of the file.</returns>
    public int Next()
    {
        if (_left == 0 && !Fill())
            return -1;
        return (_byte >> --_left) & 1;
    }

    /// <returns>False when the data end before.</returns>
    public bool Skip(int bits)
    {
        for (; bits > 0; bits--)
        {
            if (Next() < 0)
                return false;
        }
        return true;
    }

    /// <summary>Goes over the padding and a restart marker.</summary>
    /// <param name="number">0 to 7.</param>
    /// <returns>False when something else stands there.</returns>
    public bool Restart(int number)
    {
        _left = 0;
        var at = Position;
        while (at + 1 < _data.Length && _data[at] == 0xFF && _data[at + 1] == 0xFF)
            at++;
        if (at + 1 >= _data.Length || _data[at] != 0xFF || _data[at + 1] != 0xD0 + number)
            return false;
        Position = at + 2;
        return true;
    }

    private bool Fill()
    {
        if (Position >= _data.Length)
            return false;
        _byte = _data[Position];
        if (_byte == 0xFF)
        {
            if (Position + 1 >= _data.Length || _data[Position + 1] != 0)
                return false;
            Position++;
        }
        Position++;
        _left = 8;
        return true;
    }
}
