namespace ThanoSql.Vision.Imaging;

/// <summary>Everything that is checked before a pixel is decoded.</summary>
internal static unsafe class ImageGate
{
    public const long DefaultPixelLimit = 100_000_000;

    /// <returns>Width and height in pixels of the upright picture.</returns>
    /// <exception cref="ImageRejectedException">The bytes are refused.</exception>
    public static (int Width, int Height) Check(byte* bytes, int length, long pixelLimit)
    {
        var span = new ReadOnlySpan<byte>(bytes, length);
        var format = ImageSignature.Recognise(span);
        VipsRuntime.EnsureStarted();
        var size = ReadHeader(span, bytes, length, format);
        if ((long)size.Width * size.Height > pixelLimit)
        {
            throw new ImageRejectedException(ImageRejection.TooManyPixels,
                $"The header asks for {size.Width} x {size.Height} pixels; the limit is {pixelLimit} pixels (Vision:PixelLimit). Make the picture smaller.");
        }
        if (!ImageStructure.IsComplete(format, span))
            throw Truncated(format);
        return size;
    }

    public static ImageRejectedException Corrupt(VipsException error) =>
        new(ImageRejection.Corrupt, $"The picture's content is damaged ({error.Message}). Upload it again or save it anew.");

    private static (int Width, int Height) ReadHeader(ReadOnlySpan<byte> span, byte* bytes, int length, ImageFormat format)
    {
        try
        {
            using var header = VipsImage.Open(bytes, length);
            return header.LiesOnItsSide ? (header.Height, header.Width) : (header.Width, header.Height);
        }
        catch (VipsException e)
        {
            throw ImageStructure.IsComplete(format, span) ? Corrupt(e) : Truncated(format);
        }
    }

    private static ImageRejectedException Truncated(ImageFormat format) =>
        new(ImageRejection.Truncated, $"The {format} file ends before the picture does. Upload it again.");
}
