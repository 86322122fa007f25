namespace ThanoSql.Vision.Imaging.Mending;

/// <summary>Makes of a file that a strict decoder refuses what it may take: as far as browsers show the same file.</summary>
internal static class ImageMender
{
    /// <returns>What can be tried, the best first; empty when nothing can.</returns>
    public static IReadOnlyList<MendedPicture> Mend(ImageFormat format, byte[] bytes) => format switch
    {
        ImageFormat.Jpeg => JpegMender.Mend(bytes),
        ImageFormat.Png => PngMender.Mend(bytes),
        ImageFormat.WebP => WebPMender.Mend(bytes),
        _ => [],
    };
}
