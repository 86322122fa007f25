namespace ThanoSql.Vision.Imaging.Mending;

/// <summary>What a JPEG's frame header says (ITU-T T.81, B.2.2).</summary>
internal sealed record JpegFrame(int Width, int Height, bool IsProgressive, IReadOnlyList<JpegComponent> Components)
{
    private const int Block = 8; // pixels

    private int Across => Components.Max(c => c.Across);

    private int Down => Components.Max(c => c.Down);

    /// <param name="marker">SOF0, SOF1 or SOF2.</param>
    /// <param name="segment">Behind its length.</param>
    /// <returns>Null when it makes no sense.</returns>
    public static JpegFrame? Read(byte marker, ReadOnlySpan<byte> segment)
    {
        if (segment.Length < 6 || segment.Length < 6 + 3 * segment[5])
            return null;
        var components = new List<JpegComponent>();
        for (var i = 0; i < segment[5]; i++)
        {
            var at = segment[(6 + 3 * i)..];
            components.Add(new JpegComponent(at[0], at[1] >> 4, at[1] & 15));
        }
        var frame = new JpegFrame(
            BinaryPrimitives.ReadUInt16BigEndian(segment[3..]), BinaryPrimitives.ReadUInt16BigEndian(segment[1..]), marker == JpegMarker.Progressive,
            components);
        var isSound = frame is { Width: > 0, Height: > 0 } && components.Count > 0
            && components.TrueForAll(c => c.Across is >= 1 and <= 4 && c.Down is >= 1 and <= 4);
        return isSound ? frame : null;
    }

    /// <summary>How a scan of some components is cut into units (MCU); pixels a row of units covers.</summary>
    public (int PerRow, int Rows, int PixelRows) Units(IReadOnlyList<JpegComponent> scanned)
    {
        if (scanned is not [var only])
            return (Divided(Width, Block * Across), Divided(Height, Block * Down), Block * Down);
        return (
            Divided(Divided(Width * only.Across, Across), Block), Divided(Divided(Height * only.Down, Down), Block),
            Math.Max(1, Block * Down / only.Down));
    }

    private static int Divided(int value, int by) => (value + by - 1) / by;
}

/// <param name="Across">Horizontal sampling factor, 1 to 4.</param>
/// <param name="Down">Vertical sampling factor, 1 to 4.</param>
internal readonly record struct JpegComponent(int Id, int Across, int Down);

/// <summary>Second bytes of markers (ITU-T T.81, table B.1).</summary>
internal static class JpegMarker
{
    public const byte Baseline = 0xC0, Extended = 0xC1, Progressive = 0xC2, HuffmanTables = 0xC4, ArithmeticTables = 0xCC;
    public const byte FirstRestart = 0xD0, LastRestart = 0xD7, Start = 0xD8, End = 0xD9, Scan = 0xDA, RestartInterval = 0xDD, Temporary = 0x01;

    /// <summary>Frames of other processes: lossless, hierarchical, arithmetic.</summary>
    public static bool IsOtherFrame(byte marker) =>
        marker is >= 0xC3 and <= 0xCF and not HuffmanTables and not 0xC8 and not ArithmeticTables;
}
