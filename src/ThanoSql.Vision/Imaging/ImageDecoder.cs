namespace ThanoSql.Vision.Imaging;

/// <summary>Bytes of a JPEG, PNG or WebP file → the trunk's input. Thread-safe; one call uses one thread.</summary>
public static class ImageDecoder
{
    /// <summary>The plain view (view 0).</summary>
    /// <returns>[3, size, size] in channel, row, column order, normalised.</returns>
    /// <exception cref="ImageRejectedException">The bytes are refused; the reason is final.</exception>
    public static float[] Decode(byte[] bytes, Preprocessing preprocessing, long pixelLimit = ImageGate.DefaultPixelLimit) =>
        Decode(bytes, preprocessing, contentHash: default, view: 0, pixelLimit);

    /// <summary>View 0 is the plain one; each view above it is a training augmentation, fixed by content hash and number.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="preprocessing">Of the trunk.</param>
    /// <param name="contentHash">Any stable hash of the file, not used by view 0.</param>
    /// <param name="view">0 or more.</param>
    /// <param name="pixelLimit">Width times height that the header may ask for.</param>
    /// <returns>[3, size, size] in channel, row, column order, normalised.</returns>
    /// <exception cref="ImageRejectedException">The bytes are refused; the reason is final.</exception>
    public static float[] Decode(
        byte[] bytes, Preprocessing preprocessing, ReadOnlySpan<byte> contentHash, int view, long pixelLimit = ImageGate.DefaultPixelLimit)
    {
        var (pixels, mirror) = Pixels(bytes, preprocessing, contentHash, view, pixelLimit);
        return Normalise(pixels, preprocessing, mirror);
    }

    /// <summary>The same view before it is normalised.</summary>
    /// <returns>[size, size, 3] in row, column, channel order.</returns>
    /// <exception cref="ImageRejectedException">The bytes are refused; the reason is final.</exception>
    public static byte[] DecodeBytes(
        byte[] bytes, Preprocessing preprocessing, ReadOnlySpan<byte> contentHash, int view, long pixelLimit = ImageGate.DefaultPixelLimit)
    {
        var (pixels, mirror) = Pixels(bytes, preprocessing, contentHash, view, pixelLimit);
        int size = preprocessing.InputSize;
        if (pixels.Length == size * size)
            pixels = [.. pixels.SelectMany(value => Enumerable.Repeat(value, 3))];
        for (int row = 0; mirror && row < size; row++)
        {
            var line = pixels.AsSpan(row * size * 3, size * 3);
            line.Reverse(); // channels too
            for (int at = 0; at < line.Length; at += 3)
                (line[at], line[at + 2]) = (line[at + 2], line[at]);
        }
        return pixels;
    }

    private static (byte[] Pixels, bool Mirror) Pixels(
        byte[] bytes, Preprocessing preprocessing, ReadOnlySpan<byte> contentHash, int view, long pixelLimit)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        ArgumentNullException.ThrowIfNull(preprocessing);
        ArgumentOutOfRangeException.ThrowIfNegative(view);
        var (width, height) = ImageGate.Check(bytes, pixelLimit);
        var plan = view == 0
            ? CropPlan.Plain(width, height, preprocessing)
            : CropPlan.Augmented(width, height, preprocessing, contentHash, view);
        try
        {
            return (Cut(bytes, plan, preprocessing), plan.Mirror);
        }
        catch (VipsException e)
        {
            throw ImageGate.Corrupt(e);
        }
    }

    private static byte[] Cut(byte[] bytes, CropPlan plan, Preprocessing preprocessing)
    {
        int size = preprocessing.InputSize;
        using var resized = Libvips.Resized(bytes, plan.Width, plan.Height, Enums.Size.Force);
        if ((long)plan.Width * plan.Height > 4L * size * size)
        {
            using var square = resized.Crop(plan.Left, plan.Top, size, size);
            using var cut = square.ToOpaque(preprocessing.Color);
            return cut.WriteToMemory<byte>();
        }
        // A JPEG whose scan is damaged often shows it only in its last rows: read them all, unless that is far more than the crop.
        using var whole = resized.ToOpaque(preprocessing.Color);
        return CutRows(whole.WriteToMemory<byte>(), plan, size, whole.Bands);
    }

    private static byte[] CutRows(byte[] pixels, CropPlan plan, int size, int bands)
    {
        var cut = new byte[size * size * bands];
        for (int row = 0; row < size; row++)
            pixels.AsSpan(((plan.Top + row) * plan.Width + plan.Left) * bands, size * bands).CopyTo(cut.AsSpan(row * size * bands));
        return cut;
    }

    private static float[] Normalise(byte[] pixels, Preprocessing preprocessing, bool mirror)
    {
        int size = preprocessing.InputSize, plane = size * size, bands = pixels.Length / plane;
        var tensor = new float[3 * plane];
        for (int channel = 0; channel < 3; channel++)
        {
            float scale = 1f / (255f * Preprocessing.StandardDeviation[channel]);
            float offset = -Preprocessing.Mean[channel] / Preprocessing.StandardDeviation[channel];
            int band = bands == 1 ? 0 : channel;
            var target = tensor.AsSpan(channel * plane, plane);
            for (int at = 0; at < plane; at++)
                target[at] = pixels[at * bands + band] * scale + offset;
            for (int row = 0; mirror && row < size; row++)
                target.Slice(row * size, size).Reverse();
        }
        return tensor;
    }
}
