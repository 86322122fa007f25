namespace ThanoSql.Vision.Imaging;

/// <summary>What the trunk sees of a picture's colours.</summary>
public enum ColorMode
{
    /// <summary>Red, green and blue.</summary>
    Rgb,

    /// <summary>Luminance, the same in all three planes.</summary>
    Gray,
}
