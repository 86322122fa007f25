namespace ThanoSql.Vision.Imaging;

/// <summary>These bytes are no picture that can be indexed. The message says why and what to do.</summary>
public sealed class ImageRejectedException(ImageRejection reason, string message) : Exception(message)
{
    public ImageRejection Reason { get; } = reason;

    /// <summary>
    /// The reason's stable name: <c>empty</c>, <c>not_an_image</c>, <c>unsupported_format</c>, <c>truncated</c>, <c>too_many_pixels</c>,
    /// <c>corrupt</c> or <c>no_answer</c>.
    /// </summary>
    public string Code => Reason.Code();
}

/// <summary>Why a file was refused: each reason is final for these bytes, trying again cannot help.</summary>
public enum ImageRejection
{
    /// <summary>No bytes at all.</summary>
    Empty,

    /// <summary>Not a picture in any format known here.</summary>
    NotAnImage,

    /// <summary>A picture of a format that is not read, or not here.</summary>
    UnsupportedFormat,

    /// <summary>The file ends before the picture does.</summary>
    Truncated,

    /// <summary>The header asks for more pixels than the limit.</summary>
    TooManyPixels,

    /// <summary>The right format with damaged content.</summary>
    Corrupt,

    /// <summary>A picture that the trunk has no finite numbers for.</summary>
    NoAnswer,
}

/// <summary>Stable names of <see cref="ImageRejection"/>, as kept in the catalog and shown to users.</summary>
public static class ImageRejectionCode
{
    public static string Code(this ImageRejection reason) => reason switch
    {
        ImageRejection.Empty => "empty",
        ImageRejection.NotAnImage => "not_an_image",
        ImageRejection.UnsupportedFormat => "unsupported_format",
        ImageRejection.Truncated => "truncated",
        ImageRejection.TooManyPixels => "too_many_pixels",
        ImageRejection.Corrupt => "corrupt",
        ImageRejection.NoAnswer => "no_answer",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };
}
