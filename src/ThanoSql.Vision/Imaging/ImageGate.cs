namespace ThanoSql.Vision.Imaging;

/// <summary>Everything that is checked before a pixel is decoded.</summary>
internal static class ImageGate
{
    public const long DefaultPixelLimit = 100_000_000;

    private const int LinesOfError = 2;

    /// <returns>Width and height in pixels of the upright picture.</returns>
    /// <exception cref="ImageRejectedException">The bytes are refused.</exception>
    public static (int Width, int Height) Check(byte[] bytes, long pixelLimit)
    {
        var format = ImageSignature.Recognise(bytes);
        Libvips.EnsureStarted();
        var size = ReadHeader(bytes, format);
        if ((long)size.Width * size.Height > pixelLimit)
        {
            throw new ImageRejectedException(
                ImageRejection.TooManyPixels,
                $"The header asks for {size.Width} x {size.Height} pixels; the limit is {pixelLimit} pixels (Vision:PixelLimit). "
                + "Make the picture smaller.");
        }
        if (!ImageStructure.IsComplete(format, bytes))
            throw Truncated(format);
        return size;
    }

    // NetVips' first line names the operation; libvips' own words follow.
    public static ImageRejectedException Corrupt(VipsException error)
    {
        var lines = error.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Skip(1).Take(LinesOfError);
        return new(ImageRejection.Corrupt, $"The picture's content is damaged ({string.Join("; ", lines)}). Upload it again or save it anew.");
    }

    private static (int Width, int Height) ReadHeader(byte[] bytes, ImageFormat format)
    {
        try
        {
            using var header = Image.NewFromBuffer(bytes);
            return LiesOnItsSide(header) ? (header.Height, header.Width) : (header.Width, header.Height);
        }
        catch (VipsException e)
        {
            throw ImageStructure.IsComplete(format, bytes) ? Corrupt(e) : Truncated(format);
        }
    }

    // EXIF orientations 5 to 8
    private static bool LiesOnItsSide(Image image) => image.Contains("orientation") && image.Get("orientation") is int and >= 5 and <= 8;

    private static ImageRejectedException Truncated(ImageFormat format) =>
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
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, null),
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
