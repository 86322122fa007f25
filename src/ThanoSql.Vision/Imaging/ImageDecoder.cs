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
        ArgumentNullException.ThrowIfNull(preprocessing);
        var tensor = new float[preprocessing.TensorLength];
        Decode(bytes, preprocessing, contentHash, view, tensor, pixelLimit);
        return tensor;
    }

    /// <summary>The same into memory of the caller's: a new array of this size would lie in the large object heap.</summary>
    /// <param name="tensor">[3, size, size].</param>
    /// <exception cref="ImageRejectedException">The bytes are refused; the reason is final.</exception>
    public static void Decode(
        byte[] bytes, Preprocessing preprocessing, ReadOnlySpan<byte> contentHash, int view, Span<float> tensor, long pixelLimit)
    {
        using var square = Cut(bytes, preprocessing, contentHash, view, pixelLimit);
        Normalise(square, tensor);
    }

    /// <summary>The same view before it is normalised.</summary>
    /// <returns>[size, size, 3] in row, column, channel order.</returns>
    /// <exception cref="ImageRejectedException">The bytes are refused; the reason is final.</exception>
    public static byte[] DecodeBytes(
        byte[] bytes, Preprocessing preprocessing, ReadOnlySpan<byte> contentHash, int view, long pixelLimit = ImageGate.DefaultPixelLimit)
    {
        using var square = Cut(bytes, preprocessing, contentHash, view, pixelLimit);
        var pixels = new byte[square.Size * square.Size * 3];
        for (int row = 0, to = 0; row < square.Size; row++)
        {
            var line = square.Row(row);
            for (int column = 0; column < square.Size; column++)
            {
                int from = (square.Mirror ? square.Size - 1 - column : column) * square.Bands;
                for (int channel = 0; channel < 3; channel++)
                    pixels[to++] = line[from + square.Band(channel)];
            }
        }
        return pixels;
    }

    private static PixelSquare Cut(byte[] bytes, Preprocessing preprocessing, ReadOnlySpan<byte> contentHash, int view, long pixelLimit)
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
            return Cut(bytes, plan, preprocessing);
        }
        catch (VipsException e)
        {
            throw ImageGate.Corrupt(e);
        }
    }

    private static PixelSquare Cut(byte[] bytes, CropPlan plan, Preprocessing preprocessing)
    {
        int size = preprocessing.InputSize;
        using var resized = Libvips.Resized(bytes, plan.Width, plan.Height, Enums.Size.Force);
        // A JPEG whose scan is damaged often shows it only in its last rows: read them all, unless that is far more than the crop.
        var (top, height) = (long)plan.Width * plan.Height > 4L * size * size ? (plan.Top, size) : (0, plan.Height);
        using var strip = resized.Crop(plan.Left, top, size, height);
        using var opaque = strip.ToOpaque(preprocessing.Color);
        return new PixelSquare(opaque, plan.Top - top, size, plan.Mirror);
    }

    private static void Normalise(PixelSquare square, Span<float> tensor)
    {
        int size = square.Size, bands = square.Bands;
        for (int channel = 0; channel < 3; channel++)
        {
            float scale = 1f / (255f * Preprocessing.StandardDeviation[channel]);
            float offset = -Preprocessing.Mean[channel] / Preprocessing.StandardDeviation[channel];
            for (int row = 0; row < size; row++)
            {
                var line = square.Row(row)[square.Band(channel)..];
                var target = tensor.Slice(((channel * size) + row) * size, size);
                for (int column = 0; column < target.Length; column++)
                    target[column] = line[column * bands] * scale + offset;
                if (square.Mirror)
                    target.Reverse();
            }
        }
    }
}
