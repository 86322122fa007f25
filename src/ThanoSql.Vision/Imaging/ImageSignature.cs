namespace ThanoSql.Vision.Imaging;

/// <summary>The formats that are read, and no others.</summary>
public enum ImageFormat
{
    Jpeg,
    Png,
    WebP,

    /// <summary>Of an animation, the first frame.</summary>
    Gif,

    /// <summary>Of several pages, the first.</summary>
    Tiff,

    Avif,
    Bmp,

    /// <summary>As iPhones write it; read where the system has a decoder.</summary>
    Heic,
}

/// <summary>Tells the format by a file's first bytes; a name or content type is never trusted.</summary>
public static class ImageSignature
{
    /// <summary>How names of such files usually end; what they hold is told by <see cref="Recognise"/> alone.</summary>
    public static IReadOnlyList<string> Extensions { get; } =
    [
        ".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".avif", ".bmp", ".heic", ".heif",
    ];

    /// <summary>Whether a file's name ends as a picture's usually does.</summary>
    public static bool IsUsualName(string path) => Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    private const int LongestLead = 64;

    private static ReadOnlySpan<byte> Jpeg => [0xFF, 0xD8, 0xFF];

    private static ReadOnlySpan<byte> Png => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <exception cref="ImageRejectedException">The bytes are empty, another picture format, or no picture.</exception>
    public static ImageFormat Recognise(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            throw new ImageRejectedException(ImageRejection.Empty, "The file is empty (0 bytes). Upload it again.");
        if (bytes.StartsWith(Jpeg))
            return ImageFormat.Jpeg;
        if (bytes.StartsWith(Png))
            return ImageFormat.Png;
        if (IsWebP(bytes))
            return ImageFormat.WebP;
        if (bytes.StartsWith("GIF87a"u8) || bytes.StartsWith("GIF89a"u8))
            return ImageFormat.Gif;
        if (bytes.StartsWith("II*\0"u8) || bytes.StartsWith("MM\0*"u8))
            return ImageFormat.Tiff;
        if (bytes.StartsWith("BM"u8) && bytes.Length >= 26)
            return ImageFormat.Bmp;
        if (IsAvif(bytes))
            return ImageFormat.Avif;
        if (HasBox(bytes) && IsHeic(bytes))
            return ImageFormat.Heic;
        throw Refuse(bytes);
    }

    private static ImageRejectedException Refuse(ReadOnlySpan<byte> bytes)
    {
        if (OtherFormat(bytes) is { } other)
        {
            return new ImageRejectedException(
                ImageRejection.UnsupportedFormat, $"The file is {other}, whatever its name says. Convert it to JPEG, PNG or WebP.");
        }
        return LeadingBytes(bytes) is { } leading
            ? new ImageRejectedException(
                ImageRejection.NotAnImage,
                $"{leading} byte(s) stand before the picture, so that browsers show none either. Cut them off and upload it again.")
            : new ImageRejectedException(
                ImageRejection.NotAnImage, "The file is not a picture. JPEG, PNG, WebP, GIF, TIFF, AVIF, BMP and HEIC are read.");
    }

    private static string? OtherFormat(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith("%PDF-"u8))
            return "a PDF";
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x0A]) || bytes.StartsWith((ReadOnlySpan<byte>)[0, 0, 0, 12, .. "JXL \r\n"u8]))
            return "a JPEG XL";
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0, 0, 0, 12, .. "jP  \r\n"u8]) || bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x4F, 0xFF, 0x51]))
            return "a JPEG 2000";
        if (HasBox(bytes))
            return "a HEIF or video file";
        return LooksLikeSvg(bytes) ? "an SVG" : null;
    }

    // A byte order mark, line breaks or zeros, say
    private static int? LeadingBytes(ReadOnlySpan<byte> bytes)
    {
        for (var at = 1; at < Math.Min(bytes.Length, LongestLead); at++)
        {
            var rest = bytes[at..];
            if (rest.StartsWith(Jpeg) || rest.StartsWith(Png) || IsWebP(rest))
                return at;
        }
        return null;
    }

    private static bool IsWebP(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 12 && bytes.StartsWith("RIFF"u8) && bytes[8..12].SequenceEqual("WEBP"u8);

    private static bool HasBox(ReadOnlySpan<byte> bytes) => bytes.Length >= 12 && bytes[4..8].SequenceEqual("ftyp"u8);

    private static bool IsAvif(ReadOnlySpan<byte> bytes) => HasBox(bytes) && (HasBrand(bytes, "avif"u8) || HasBrand(bytes, "avis"u8));

    private static bool IsHeic(ReadOnlySpan<byte> bytes) =>
        HasBrand(bytes, "heic"u8) || HasBrand(bytes, "heix"u8) || HasBrand(bytes, "hevc"u8) || HasBrand(bytes, "hevx"u8);

    // Its own brand, or one that it is compatible with (ISO/IEC 14496-12, 4.3)
    private static bool HasBrand(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> brand)
    {
        var end = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(bytes), (uint)Math.Min(bytes.Length, 256));
        for (var at = 8; at + 4 <= end; at += 4)
        {
            if (at != 12 && bytes.Slice(at, 4).SequenceEqual(brand))
                return true;
        }
        return false;
    }

    private static bool LooksLikeSvg(ReadOnlySpan<byte> bytes)
    {
        var start = Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, 1024)]);
        return start.Contains("<svg", StringComparison.OrdinalIgnoreCase);
    }
}
