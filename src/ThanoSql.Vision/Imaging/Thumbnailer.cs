namespace ThanoSql.Vision.Imaging;

/// <summary>Small pictures for web pages: upright, on white, without EXIF data (which may tell a place), colour profile kept.</summary>
public static unsafe class Thumbnailer
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
        ReadOnlySpan<byte> bytes, int width, ImageFormat format = ImageFormat.Jpeg, long pixelLimit = ImageGate.DefaultPixelLimit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, SmallestWidth);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, LargestWidth);
        if (format is ImageFormat.Png)
            throw new ArgumentException("Thumbnails are JPEG or WebP.", nameof(format));
        fixed (byte* pinned = bytes)
        {
            ImageGate.Check(pinned, bytes.Length, pixelLimit);
            try
            {
                using var small = VipsImage.Resized(pinned, bytes.Length, width, 4 * width, VipsNative.SizeDown).ToOpaque(ColorMode.Rgb);
                return format == ImageFormat.Jpeg ? small.ToJpeg(Quality) : small.ToWebP(Quality);
            }
            catch (VipsException e)
            {
                throw ImageGate.Corrupt(e);
            }
        }
    }
}
