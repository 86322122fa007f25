namespace ThanoSql.Vision.Imaging;

/// <summary>The formats that are read, and no others.</summary>
public enum ImageFormat
{
    Jpeg,
    Png,
    WebP,
}

/// <summary>Tells the format by a file's first bytes; a name or content type is never trusted.</summary>
public static class ImageSignature
{
    /// <exception cref="ImageRejectedException">The bytes are empty, another picture format, or no picture.</exception>
    public static ImageFormat Recognise(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            throw new ImageRejectedException(ImageRejection.Empty, "The file is empty (0 bytes). Upload it again.");
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
            return ImageFormat.Jpeg;
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]))
            return ImageFormat.Png;
        if (bytes.Length >= 12 && bytes.StartsWith("RIFF"u8) && bytes[8..12].SequenceEqual("WEBP"u8))
            return ImageFormat.WebP;
        throw Refuse(bytes);
    }

    private static ImageRejectedException Refuse(ReadOnlySpan<byte> bytes)
    {
        var other = OtherFormat(bytes);
        return other is null
            ? new ImageRejectedException(ImageRejection.NotAnImage, "The file is not a picture. JPEG, PNG and WebP are read.")
            : new ImageRejectedException(
                ImageRejection.UnsupportedFormat, $"The file is {other}, whatever its name says. Convert it to JPEG, PNG or WebP.");
    }

    private static string? OtherFormat(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith("GIF8"u8))
            return "a GIF";
        if (bytes.StartsWith("BM"u8) && bytes.Length >= 26)
            return "a BMP";
        if (bytes.StartsWith("II*\0"u8) || bytes.StartsWith("MM\0*"u8))
            return "a TIFF";
        if (bytes.StartsWith("%PDF-"u8))
            return "a PDF";
        if (bytes.Length >= 12 && bytes[4..8].SequenceEqual("ftyp"u8))
            return "a HEIF, AVIF or video file";
        return LooksLikeSvg(bytes) ? "an SVG" : null;
    }

    private static bool LooksLikeSvg(ReadOnlySpan<byte> bytes)
    {
        var start = Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, 1024)]);
        return start.Contains("<svg", StringComparison.OrdinalIgnoreCase);
    }
}
