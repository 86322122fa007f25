using System.IO.Hashing;

namespace ThanoSql.Vision.Imaging.Mending;

/// <summary>Leaves out of a PNG what no pixel needs and is damaged, and ends it (W3C PNG, third edition, 5).</summary>
internal static class PngMender
{
    private const int Signature = 8;
    private const int Frame = 12; // bytes of a chunk beside its data: length, type, checksum

    /// <returns>Empty when a chunk that pixels need is not whole.</returns>
    public static IReadOnlyList<MendedPicture> Mend(byte[] png)
    {
        using var mended = new MemoryStream(png.Length + Frame);
        mended.Write(png.AsSpan(0, Signature));
        long at = Signature;
        while (at + Frame <= png.Length)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan((int)at));
            if (at + Frame + length > png.Length)
                break;
            var chunk = png.AsSpan((int)at, (int)(Frame + length));
            if (chunk[4..8].SequenceEqual("IEND"u8))
                break;
            at += chunk.Length;
            var isSound = Crc32.HashToUInt32(chunk[4..^4]) == BinaryPrimitives.ReadUInt32BigEndian(chunk[^4..]);
            if (isSound)
                mended.Write(chunk);
            else if (!IsAncillary(chunk))
                return [];
        }
        mended.Write([0, 0, 0, 0, .. "IEND"u8, 0xAE, 0x42, 0x60, 0x82]);
        return [new MendedPicture(mended.ToArray())];
    }

    private static bool IsAncillary(ReadOnlySpan<byte> chunk) => (chunk[4] & 0x20) != 0;
}
