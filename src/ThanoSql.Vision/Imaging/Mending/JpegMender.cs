using System.Buffers;

namespace ThanoSql.Vision.Imaging.Mending;

/// <summary>
/// Writes a JPEG anew so that a strict decoder takes what browsers show: without bytes that belong to nothing, with the scan parameters that a
/// sequential file must have, with an end (ITU-T T.81, annex B). Where the last rows are missing it says how many are there.
/// </summary>
internal sealed class JpegMender
{
    private readonly byte[] _bytes;
    private readonly ArrayBufferWriter<byte> _out;
    private readonly JpegTables _tables = new();
    private readonly HashSet<int> _begun = []; // components with a scan that is whole
    private JpegFrame? _frame;
    private int _at = 2;
    private int? _rows;
    private int _lastScan; // where it begins in what was written; 0 for none
    private bool _isCut; // the file ends inside a scan

    private JpegMender(byte[] bytes)
    {
        _bytes = bytes;
        _out = new ArrayBufferWriter<byte>(bytes.Length + 2);
    }

    /// <returns>What can be tried, the best first; none for a file that cannot be followed.</returns>
    public static IReadOnlyList<MendedPicture> Mend(byte[] jpeg)
    {
        var mender = new JpegMender(jpeg);
        mender._out.Write(jpeg.AsSpan(0, 2));
        while (mender.Segment())
        {
        }
        return mender.Results();
    }

    private List<MendedPicture> Results()
    {
        if (_frame is not { } frame || _lastScan == 0)
            return [];
        var whole = _out.WrittenSpan.ToArray();
        byte[] end = [0xFF, JpegMarker.End];
        if (!frame.IsProgressive)
            return _begun.Count == frame.Components.Count || _rows is not null ? [new([.. whole, .. end], _rows)] : [];
        var results = new List<MendedPicture> { new([.. whole, .. end]) };
        if (_isCut && _begun.Count == frame.Components.Count)
            results.Add(new([.. whole.AsSpan(0, _lastScan), .. end], IsCoarse: true));
        return results;
    }

    /// <returns>False at the end, or where the file cannot be followed.</returns>
    private bool Segment()
    {
        if (!NextMarker(out var marker) || marker == JpegMarker.End || JpegMarker.IsOtherFrame(marker))
            return false;
        if (marker is JpegMarker.Temporary or JpegMarker.Start or (>= JpegMarker.FirstRestart and <= JpegMarker.LastRestart))
            return true;
        var length = _at + 2 <= _bytes.Length ? BinaryPrimitives.ReadUInt16BigEndian(_bytes.AsSpan(_at)) : 0;
        if (length < 2 || _at + length > _bytes.Length)
            return false;
        var body = _bytes.AsSpan(_at + 2, length - 2);
        _at += length;
        switch (marker)
        {
            case JpegMarker.HuffmanTables:
                _tables.ReadHuffman(body);
                break;
            case JpegMarker.RestartInterval:
                _tables.ReadInterval(body);
                break;
            case JpegMarker.Baseline or JpegMarker.Extended or JpegMarker.Progressive:
                if (_frame is not null || (_frame = JpegFrame.Read(marker, body)) is null)
                    return false;
                break;
            case JpegMarker.Scan:
                return _frame is not null && Scan(body);
        }
        Write(marker, body);
        return true;
    }

    private bool Scan(ReadOnlySpan<byte> header)
    {
        _lastScan = _out.WrittenCount;
        return _frame!.IsProgressive ? ProgressiveScan(header) : SequentialScan(header);
    }

    private bool SequentialScan(ReadOnlySpan<byte> header)
    {
        var scan = new JpegScan(_frame!, _tables);
        if (!scan.Open(header))
            return false;
        var (rows, length) = scan.Follow(_bytes.AsSpan(_at));
        Write(JpegMarker.Scan, [.. header[..(1 + 2 * header[0])], 0, 63, 0]);
        _out.Write(_bytes.AsSpan(_at, length));
        _at += length;
        if (rows < _frame!.Height)
        {
            // Of a file with a scan for each component, the last one counts: those before it are whole
            if (_begun.Count + scan.Components.Count() == _frame.Components.Count)
                _rows = rows;
            return false;
        }
        _begun.UnionWith(scan.Components);
        return true;
    }

    private bool ProgressiveScan(ReadOnlySpan<byte> header)
    {
        var end = _at;
        while (end < _bytes.Length && !IsMarker(end))
            end++;
        var data = _bytes.AsSpan(_at, end - _at);
        _isCut = end == _bytes.Length;
        // Padding: the last bits of a scan are ones
        var length = data.Length;
        while (length > 1 && data[length - 1] == 0 && data[length - 2] != 0xFF)
            length--;
        Write(JpegMarker.Scan, header);
        _out.Write(data[..length]);
        _at = end;
        if (!_isCut && header.Length > 0 && header.Length >= 1 + 2 * header[0])
        {
            for (var i = 0; i < header[0]; i++)
                _begun.Add(header[1 + 2 * i]);
        }
        return true;
    }

    private bool IsMarker(int at) =>
        _bytes[at] == 0xFF && at + 1 < _bytes.Length
        && _bytes[at + 1] is not (0x00 or 0xFF or (>= JpegMarker.FirstRestart and <= JpegMarker.LastRestart));

    // Whatever stands before it belongs to nothing
    private bool NextMarker(out byte marker)
    {
        while (_at + 1 < _bytes.Length && (_bytes[_at] != 0xFF || _bytes[_at + 1] is 0x00 or 0xFF))
            _at++;
        marker = _at + 1 < _bytes.Length ? _bytes[_at + 1] : JpegMarker.End;
        _at += 2;
        return _at <= _bytes.Length;
    }

    private void Write(byte marker, ReadOnlySpan<byte> body)
    {
        var length = body.Length + 2;
        _out.Write<byte>([0xFF, marker, (byte)(length >> 8), (byte)length]);
        _out.Write(body);
    }
}
