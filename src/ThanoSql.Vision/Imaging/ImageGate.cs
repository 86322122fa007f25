using NetVips;

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
