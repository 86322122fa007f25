namespace ThanoSql.Vision.Imaging.Mending;

/// <summary>Gives a WebP the length that its file has (RFC 9649, 2.4).</summary>
internal static class WebPMender
{
    private const int Header = 12;

    /// <returns>Empty when a chunk reaches beyond the file's end.</returns>
    public static IReadOnlyList<MendedPicture> Mend(byte[] webP)
    {
        long at = Header;
        while (at + 8 <= webP.Length)
        {
            long length = BinaryPrimitives.ReadUInt32LittleEndian(webP.AsSpan((int)at + 4));
            var end = at + 8 + length + (length & 1);
            if (end - (length & 1) > webP.Length)
                break; // bytes behind the last chunk, or one that is cut: the decoder knows
            at = end;
        }
        if (at == Header)
            return [];
        var mended = webP[..(int)Math.Min(at, webP.Length)];
        BinaryPrimitives.WriteUInt32LittleEndian(mended.AsSpan(4), (uint)mended.Length - 8);
        return [new MendedPicture(mended)];
    }
}
