namespace ThanoSql.Vision.Imaging;

/// <summary>Small pictures for web pages: upright, on white, without EXIF data (which may tell a place), colour profile kept.</summary>
public static class Thumbnailer
{
    public const int SmallestWidth = 16;
    public const int LargestWidth = 2048;
    private const int Quality = 80;

    /// <param name="bytes">A whole JPEG, PNG or WebP file.</param>
    /// <param name="width">Width in pixels, 16 to 2048; a smaller picture stays as it is.</param>
    /// <param name="format"><see cref="ImageFormat.Jpeg"/> or <see cref="ImageFormat.WebP"/>.</param>
    /// <param name="pixelLimit">Width times height that the header may ask for.</param>
    /// <exception cref="ImageRejectedException">The bytes are refused; the reason is final.</exception>
    public static byte[] Make(
        byte[] bytes, int width, ImageFormat format = ImageFormat.Jpeg, long pixelLimit = ImageGate.DefaultPixelLimit)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, SmallestWidth);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, LargestWidth);
        if (format is ImageFormat.Png)
            throw new ArgumentException("Thumbnails are JPEG or WebP.", nameof(format));
        ImageGate.Check(bytes, pixelLimit);
        try
        {
            using var resized = Libvips.Resized(bytes, width, 4 * width, Enums.Size.Down);
            using var small = resized.ToOpaque(ColorMode.Rgb);
            return format == ImageFormat.Jpeg
                ? small.JpegsaveBuffer(q: Quality, keep: Enums.ForeignKeep.Icc)
                : small.WebpsaveBuffer(q: Quality, keep: Enums.ForeignKeep.Icc);
        }
        catch (VipsException e)
        {
            throw ImageGate.Corrupt(e);
        }
    }
}
