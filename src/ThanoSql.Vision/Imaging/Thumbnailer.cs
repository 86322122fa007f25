namespace ThanoSql.Vision.Imaging;

/// <summary>Small pictures for web pages: upright, on white, without EXIF data (which may tell a place), colour profile kept.</summary>
public static class Thumbnailer
{
    public const int SmallestWidth = 16;
    public const int LargestWidth = 2048;
    private const int Quality = 80;

    /// <param name="bytes">A whole picture file.</param>
    /// <param name="width">Width in pixels, 16 to 2048; a smaller picture stays as it is.</param>
    /// <param name="format"><see cref="ImageFormat.Jpeg"/> or <see cref="ImageFormat.WebP"/>.</param>
    /// <param name="limits">Null for the usual ones.</param>
    /// <exception cref="ImageRejectedException">The bytes are refused; the reason is final.</exception>
    public static byte[] Make(
        byte[] bytes, int width, ImageFormat format = ImageFormat.Jpeg, ImageLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, SmallestWidth);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, LargestWidth);
        if (format is not (ImageFormat.Jpeg or ImageFormat.WebP))
            throw new ArgumentException("Thumbnails are JPEG or WebP.", nameof(format));
        var file = new PictureFile(bytes, limits ?? ImageLimits.Default);
        while (true)
        {
            try
            {
                using var resized = file.Resized(width, 4 * width, Enums.Size.Down);
                using var small = resized.ToOpaque(ColorMode.Rgb);
                return format == ImageFormat.Jpeg
                    ? small.JpegsaveBuffer(q: Quality, keep: Enums.ForeignKeep.Icc)
                    : small.WebpsaveBuffer(q: Quality, keep: Enums.ForeignKeep.Icc);
            }
            catch (VipsException e)
            {
                file.Mend(e);
            }
        }
    }
}
