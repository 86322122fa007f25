namespace ThanoSql.Vision.Imaging;

/// <summary>What is said of files that are refused.</summary>
internal static class ImageGate
{
    private const int LinesOfError = 2;

    /// <exception cref="ImageRejectedException">The header asks for more than the limit.</exception>
    public static void CheckPixels(int width, int height, long limit)
    {
        if ((long)width * height <= limit)
            return;
        throw new ImageRejectedException(
            ImageRejection.TooManyPixels,
            $"The header asks for {width} x {height} pixels; the limit is {limit} pixels (Vision:PixelLimit). Make the picture smaller.");
    }

    // NetVips' first line names the operation; libvips' own words follow.
    public static ImageRejectedException Corrupt(VipsException error)
    {
        var lines = error.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Skip(1).Take(LinesOfError);
        return new(ImageRejection.Corrupt, $"The picture's content is damaged ({string.Join("; ", lines)}). Upload it again or save it anew.");
    }

    public static ImageRejectedException Truncated(ImageFormat format) =>
        new(ImageRejection.Truncated, $"The {format} file ends before the picture does. Upload it again.");
}

/// <summary>
/// Says whether a file reaches the end of its picture, from the containers' own marks and without decoding. A decoder that reads only the part it
/// needs would not notice a missing tail. Sources: ITU-T T.81 annex B (JPEG), W3C PNG third edition 5, RFC 9649 (WebP).
/// </summary>
internal static class ImageStructure
{
    public static bool IsComplete(ImageFormat format, ReadOnlySpan<byte> bytes) => format switch
    {
        ImageFormat.Jpeg => JpegIsComplete(bytes),
        ImageFormat.Png => PngIsComplete(bytes),
        ImageFormat.WebP => BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) + 8L <= bytes.Length,
        _ => true, // these say nothing of it: the decoder knows
    };

    // The search for the end mark starts at the first scan: an EXIF thumbnail before it has an end mark of its own.
    private static bool JpegIsComplete(ReadOnlySpan<byte> bytes)
    {
        var at = 2;
        while (at + 4 <= bytes.Length)
        {
            if (bytes[at] != 0xFF)
                return true; // not truncated but damaged: the decoder's business
            var marker = bytes[at + 1];
            if (marker == 0xFF)
            {
                at++;
                continue;
            }
            if (marker == 0xDA)
                return bytes[at..].IndexOf((ReadOnlySpan<byte>)[0xFF, 0xD9]) >= 0;
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
        }
        return false;
    }

    private static bool PngIsComplete(ReadOnlySpan<byte> bytes)
    {
        long at = 8;
        while (at + 12 <= bytes.Length)
        {
            var chunk = bytes[(int)at..];
            if (chunk[4..8].SequenceEqual("IEND"u8))
                return true;
            at += 12L + BinaryPrimitives.ReadUInt32BigEndian(chunk);
        }
        return false;
    }
}
