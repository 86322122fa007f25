namespace ThanoSql.Vision.Imaging;

/// <summary>The formats that are read, and no others.</summary>
public enum ImageFormat
{
    Jpeg,
    Png,
    WebP,
}
