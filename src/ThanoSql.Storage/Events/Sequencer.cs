using System.Buffers.Binary;

namespace ThanoSql.Storage.Events;

/// <summary>Brings the sequencers of the servers into one form that compares ordinally, within one source and one key.</summary>
internal static class Sequencer
{
    private const int Width = 32;
    private const int CephBytes = 8;

    /// <summary>Null when the text is no sequencer: the event then counts without one.</summary>
    public static string? Normalise(string source, string? text)
    {
        if (string.IsNullOrEmpty(text) || text.Length > Width || !text.All(char.IsAsciiHexDigit))
            return null;
        return source == S3Source.Ceph ? FromCeph(text) : text.ToUpperInvariant().PadRight(Width, '0');
    }

    // radosgw prints the memory of a time stamp: two little-endian 32-bit numbers, seconds and nanoseconds.
    private static string? FromCeph(string text)
    {
        if (text.Length != 2 * CephBytes)
            return null;
        ReadOnlySpan<byte> bytes = Convert.FromHexString(text);
        return $"{BinaryPrimitives.ReadUInt32LittleEndian(bytes):X8}{BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]):X8}".PadRight(Width, '0');
    }
}
