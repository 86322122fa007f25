namespace ThanoSql.Vision.Imaging;

/// <summary>
/// How a picture becomes a trunk's input: turned upright by EXIF, alpha flattened on white, short side resized to <see cref="ResizeSide"/>, central
/// square of <see cref="InputSize"/>, values scaled to [0, 1] and normalised by the ImageNet statistics. Part of an embedding space's identity:
/// change it and every embedding changes.
/// </summary>
public sealed record Preprocessing
{
    public const int SmallestInput = 8;
    public const int LargestInput = 1024;
    public const double DefaultResizeRatio = 256.0 / 224.0;

    private static readonly float[] ImageNetMean = [0.485f, 0.456f, 0.406f];
    private static readonly float[] ImageNetStandardDeviation = [0.229f, 0.224f, 0.225f];

    /// <param name="inputSize">Side of the square input in pixels, 8 to 1024; a trunk may take less.</param>
    /// <param name="resizeRatio">Short side of the resized picture over <paramref name="inputSize"/>, 1 to 2.</param>
    /// <param name="color">Colour or luminance.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public Preprocessing(int inputSize = 224, double resizeRatio = DefaultResizeRatio, ColorMode color = ColorMode.Rgb)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputSize, SmallestInput);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(inputSize, LargestInput);
        if (!(resizeRatio is >= 1 and <= 2))
            throw new ArgumentOutOfRangeException(nameof(resizeRatio), resizeRatio, "The resize ratio lies between 1 and 2.");
        InputSize = inputSize;
        ResizeRatio = resizeRatio;
        Color = color;
    }

    public int InputSize { get; }
    public double ResizeRatio { get; }
    public ColorMode Color { get; }

    /// <summary>Short side in pixels after resizing.</summary>
    public int ResizeSide => (int)Math.Round(InputSize * ResizeRatio, MidpointRounding.AwayFromZero);

    /// <summary>Per channel R, G, B, of values in [0, 1].</summary>
    public static IReadOnlyList<float> Mean => ImageNetMean;

    /// <summary>Per channel R, G, B, of values in [0, 1].</summary>
    public static IReadOnlyList<float> StandardDeviation => ImageNetStandardDeviation;

    /// <summary>Values of the input tensor [3, size, size].</summary>
    public int TensorLength => 3 * InputSize * InputSize;

    /// <summary>A text that is equal exactly when the pre-processing is, for example <c>224/256/rgb</c>.</summary>
    public string Key => string.Create(CultureInfo.InvariantCulture, $"{InputSize}/{ResizeSide}/{ColorName}");

    /// <summary><c>rgb</c> or <c>gray</c>.</summary>
    public string ColorName => Color == ColorMode.Gray ? "gray" : "rgb";

    /// <summary>The inverse of <see cref="Key"/>.</summary>
    /// <exception cref="FormatException">The text is no such key.</exception>
    public static Preprocessing Parse(string key)
    {
        var parts = key.Split('/');
        if (parts is [var size, var resize, "rgb" or "gray"]
            && int.TryParse(size, CultureInfo.InvariantCulture, out var inputSize) && inputSize is >= SmallestInput and <= LargestInput
            && int.TryParse(resize, CultureInfo.InvariantCulture, out var resizeSide) && resizeSide >= inputSize && resizeSide <= 2 * inputSize)
        {
            return new Preprocessing(inputSize, (double)resizeSide / inputSize, parts[2] == "gray" ? ColorMode.Gray : ColorMode.Rgb);
        }
        throw new FormatException($"'{key}' is no pre-processing; one reads like '224/256/rgb'.");
    }

    /// <summary>Equal when the pixels come out equal.</summary>
    public bool Equals(Preprocessing? other) => other is not null && Key == other.Key;

    public override int GetHashCode() => Key.GetHashCode(StringComparison.Ordinal);
}

/// <summary>What the trunk sees of a picture's colours.</summary>
public enum ColorMode
{
    /// <summary>Red, green and blue.</summary>
    Rgb,

    /// <summary>Luminance, the same in all three planes.</summary>
    Gray,
}
