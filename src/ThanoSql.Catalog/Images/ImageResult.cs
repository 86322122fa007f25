namespace ThanoSql.Catalog.Images;

/// <summary>What a worker found out about an image that it holds.</summary>
/// <param name="Image">As it was taken.</param>
public abstract record ImageResult(ClaimedImage Image)
{
    /// <summary>Read and understood, or only compared when no model wants it (<paramref name="ContentId"/> null).</summary>
    public sealed record Indexed(ClaimedImage Image, string ETag, long Size, long? ContentId) : ImageResult(Image);

    /// <summary>The store has no such object.</summary>
    public sealed record Gone(ClaimedImage Image) : ImageResult(Image);

    /// <summary>Could not be looked at, or its row could not be written.</summary>
    /// <param name="Image">As it was taken.</param>
    /// <param name="Kind">What an operator must do.</param>
    /// <param name="Reason">For people.</param>
    /// <param name="ETag">What was read, where it was.</param>
    /// <param name="Size">In bytes, of that read.</param>
    /// <param name="ContentId">For <see cref="FailureKind.Table"/>: the content that could not be written to the row.</param>
    public sealed record Failed(
        ClaimedImage Image, FailureKind Kind, string Reason, string? ETag = null, long? Size = null, long? ContentId = null) : ImageResult(Image);
}

/// <summary>How an image stands.</summary>
public enum ImageState
{
    /// <summary>It waits for a look, the first one or another.</summary>
    Pending,

    /// <summary>It was looked at, and its rows say so.</summary>
    Indexed,

    /// <summary>It is no picture, or a table does not take its row.</summary>
    Failed,

    /// <summary>The store has it no more.</summary>
    Gone,
}

/// <summary>Failures by what an operator must do.</summary>
public enum FailureKind
{
    /// <summary>Nothing: it is tried again, later and later.</summary>
    Transient,

    /// <summary>Replace the picture: it is never tried again by itself.</summary>
    Poison,

    /// <summary>Repair the pipeline's table, then retry.</summary>
    Table,

    /// <summary>Nothing, or repair what sends it: a message of a store that could not be read.</summary>
    Event,
}
