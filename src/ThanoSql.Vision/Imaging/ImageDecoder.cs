namespace ThanoSql.Vision.Imaging;

/// <summary>Bytes of a picture file → the trunk's input. Thread-safe; one call uses one thread.</summary>
public static class ImageDecoder
{
    /// <summary>The plain view (view 0).</summary>
    /// <returns>[3, size, size] in channel, row, column order, normalised.</returns>
    /// <exception cref="ImageRejectedException">The bytes are refused; the reason is final.</exception>
    public static float[] Decode(byte[] bytes, Preprocessing preprocessing, ImageLimits? limits = null) =>
        Decode(bytes, preprocessing, contentHash: default, view: 0, limits);

    /// <summary>View 0 is the plain one; each view above it is a training augmentation, fixed by content hash and number.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="preprocessing">Of the trunk.</param>
    /// <param name="contentHash">Any stable hash of the file, not used by view 0.</param>
    /// <param name="view">0 or more.</param>
    /// <param name="limits">Null for the usual ones.</param>
    /// <returns>[3, size, size] in channel, row, column order, normalised.</returns>
    /// <exception cref="ImageRejectedException">The bytes are refused; the reason is final.</exception>
    public static float[] Decode(
        byte[] bytes, Preprocessing preprocessing, ReadOnlySpan<byte> contentHash, int view, ImageLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(preprocessing);
        var tensor = new float[preprocessing.TensorLength];
        Decode(bytes, preprocessing, contentHash, view, tensor, limits);
        return tensor;
    }

    /// <summary>The same into memory of the caller's: a new array of this size would lie in the large object heap.</summary>
    /// <param name="tensor">[3, size, size].</param>
    /// <param name="damaged">Told what of the picture is missing, where it is read all the same.</param>
    /// <exception cref="ImageRejectedException">The bytes are refused; the reason is final.</exception>
    public static void Decode(
        byte[] bytes, Preprocessing preprocessing, ReadOnlySpan<byte> contentHash, int view, Span<float> tensor, ImageLimits? limits,
        Action<string>? damaged = null)
    {
        using var square = Cut(bytes, preprocessing, contentHash, view, limits, damaged);
        Normalise(square, tensor);
    }

    /// <summary>The same view before it is normalised.</summary>
    /// <param name="damaged">Told what of the picture is missing, where it is read all the same.</param>
    /// <returns>[size, size, 3] in row, column, channel order.</returns>
    /// <exception cref="ImageRejectedException">The bytes are refused; the reason is final.</exception>
    public static byte[] DecodeBytes(
        byte[] bytes, Preprocessing preprocessing, ReadOnlySpan<byte> contentHash, int view, ImageLimits? limits = null,
        Action<string>? damaged = null)
    {
        using var square = Cut(bytes, preprocessing, contentHash, view, limits, damaged);
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

    private static PixelSquare Cut(
        byte[] bytes, Preprocessing preprocessing, ReadOnlySpan<byte> contentHash, int view, ImageLimits? limits, Action<string>? damaged)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        ArgumentNullException.ThrowIfNull(preprocessing);
        ArgumentOutOfRangeException.ThrowIfNegative(view);
        var file = new PictureFile(bytes, limits ?? ImageLimits.Default);
        while (true)
        {
            var plan = view == 0
                ? CropPlan.Plain(file.Width, file.Height, preprocessing)
                : CropPlan.Augmented(file.Width, file.Height, preprocessing, contentHash, view);
            try
            {
                var square = Cut(file, plan, preprocessing);
                if (file.Damage is { } damage)
                    damaged?.Invoke(damage);
                return square;
            }
            catch (VipsException e)
            {
                file.Mend(e);
            }
        }
    }

    private static PixelSquare Cut(PictureFile file, CropPlan plan, Preprocessing preprocessing)
    {
        int size = preprocessing.InputSize;
        using var resized = file.Resized(plan.Width, plan.Height, Enums.Size.Force);
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
