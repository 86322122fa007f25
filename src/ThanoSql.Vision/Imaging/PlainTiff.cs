namespace ThanoSql.Vision.Imaging;

/// <summary>The head of an RGB TIFF of 8 bits, in one strip, into which goes what libvips does not read. Source: TIFF 6.0, section 6.</summary>
internal static class PlainTiff
{
    private const int Directory = 8, Entry = 12, Bits = 6;
    private const short Short = 3, Long = 4, Undefined = 7;

    /// <summary>Pixels that one may have.</summary>
    public const long MostPixels = (int.MaxValue - (1 << 24)) / 3;

    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels; with the width, no more than <see cref="MostPixels"/>.</param>
    /// <param name="profile">ICC; empty for sRGB.</param>
    /// <returns>Everything before the pixels, which follow row by row: red, green, blue.</returns>
    public static byte[] Head(int width, int height, ReadOnlySpan<byte> profile)
    {
        var count = profile.IsEmpty ? 9 : 10;
        var bitsAt = Directory + 2 + Entry * count + 4;
        var profileAt = bitsAt + Bits;
        var head = new byte[profileAt + profile.Length];
        ReadOnlySpan<(ushort Tag, short Type, int Count, int Value)> entries =
        [
            (256, Long, 1, width), (257, Long, 1, height), (258, Short, 3, bitsAt), (259, Short, 1, 1), (262, Short, 1, 2),
            (273, Long, 1, head.Length), (277, Short, 1, 3), (278, Long, 1, height), (279, Long, 1, checked(3 * width * height)),
            (34675, Undefined, profile.Length, profileAt),
        ];
        "II*\0"u8.CopyTo(head);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(4), Directory);
        BinaryPrimitives.WriteInt16LittleEndian(head.AsSpan(Directory), (short)count);
        foreach (var (i, (tag, type, values, value)) in entries[..count].ToArray().Index())
        {
            var entry = head.AsSpan(Directory + 2 + Entry * i);
            BinaryPrimitives.WriteUInt16LittleEndian(entry, tag);
            BinaryPrimitives.WriteInt16LittleEndian(entry[2..], type);
            BinaryPrimitives.WriteInt32LittleEndian(entry[4..], values);
            BinaryPrimitives.WriteInt32LittleEndian(entry[8..], value);
        }
        for (var i = 0; i < 3; i++)
            BinaryPrimitives.WriteInt16LittleEndian(head.AsSpan(bitsAt + 2 * i), 8);
        profile.CopyTo(head.AsSpan(profileAt));
        return head;
    }
}
