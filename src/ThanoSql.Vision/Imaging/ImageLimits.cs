using ThanoSql.Vision.Imaging.Heif;

namespace ThanoSql.Vision.Imaging;

/// <summary>What a picture may ask for, and how much of it must be there.</summary>
/// <param name="Pixels">Width times height that the header may ask for.</param>
/// <param name="Rows">Of a JPEG whose end is missing, the part of its rows that must be there: 0 to 1, where 1 refuses every one.</param>
public sealed record ImageLimits(long Pixels = ImageLimits.DefaultPixels, double Rows = ImageLimits.DefaultRows)
{
    public const long DefaultPixels = 100_000_000;
    public const double DefaultRows = 0.9;

    /// <summary>What decoding a HEIC may take.</summary>
    public HeifLimits Heif { get; init; } = HeifLimits.Default;

    public static ImageLimits Default { get; } = new();
}
