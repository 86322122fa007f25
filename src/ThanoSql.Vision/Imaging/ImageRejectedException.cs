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
