using ThanoSql.Catalog.Images;

namespace ThanoSql.Query.Images;

/// <summary>All that is known of a picture.</summary>
/// <param name="Path">As SQL and search show it.</param>
/// <param name="State"><c>pending</c>: it waits for a look, the first or another; <c>indexed</c>; <c>failed</c>; <c>gone</c> from the store.</param>
/// <param name="Failure">Null when nothing went wrong. A pending picture may have one, too: it is tried again.</param>
/// <param name="Etag">Of the object as it was read last; null before that.</param>
/// <param name="Size">In bytes, of that read.</param>
/// <param name="ContentHash">SHA-256 of that read, in lower-case hexadecimal.</param>
/// <param name="ChangedAt">When the object changed, as far as anybody said so (UTC).</param>
/// <param name="IndexedAt">When it came into the index last (UTC).</param>
/// <param name="Keywords">What models in service say of that read: five of each, the best first.</param>
/// <param name="Pipelines">That show the picture.</param>
internal sealed record PictureDetails(
    string Path, ImageState State, PictureFailure? Failure, string? Etag, long? Size, string? ContentHash, DateTime ChangedAt, DateTime? IndexedAt,
    IReadOnlyList<PictureKeyword> Keywords, IReadOnlyList<PictureInPipeline> Pipelines)
{
    public static PictureDetails Of(
        KnownState known, string path, IReadOnlyList<PictureKeyword> keywords, IReadOnlyList<PictureInPipeline> pipelines) => new(
            path, known.State, PictureFailure.Of(known), known.ETag, known.Size, known.ContentHash, known.ChangedAt, known.IndexedAt, keywords,
            pipelines);
}

/// <summary>A picture in a list.</summary>
/// <param name="Path">As SQL and search show it.</param>
/// <param name="State"><c>pending</c>, <c>indexed</c>, <c>failed</c> or <c>gone</c>.</param>
/// <param name="Failure">Null when nothing went wrong.</param>
/// <param name="Etag">Of the object as it was read last; null before that.</param>
/// <param name="Size">In bytes, of that read.</param>
/// <param name="ContentHash">SHA-256 of that read, in lower-case hexadecimal.</param>
/// <param name="ChangedAt">When the object changed, as far as anybody said so (UTC).</param>
/// <param name="IndexedAt">When it came into the index last (UTC).</param>
internal sealed record ListedPicture(
    string Path, ImageState State, PictureFailure? Failure, string? Etag, long? Size, string? ContentHash, DateTime ChangedAt, DateTime? IndexedAt)
{
    public static ListedPicture Of(KnownState known, string path) => new(
        path, known.State, PictureFailure.Of(known), known.ETag, known.Size, known.ContentHash, known.ChangedAt, known.IndexedAt);
}

/// <param name="Images">In the order of their paths' bytes.</param>
/// <param name="Next">The <c>after</c> of the following page; null on the last.</param>
internal sealed record PicturePage(IReadOnlyList<ListedPicture> Images, string? Next);

/// <summary>Why a picture is not in the index, or not yet.</summary>
/// <param name="Kind"><c>transient</c>: tried again by itself; <c>poison</c>: no picture that can be read; <c>table</c>: its row is refused.</param>
/// <param name="Reason">For people.</param>
/// <param name="NextAttempt">Null when it is not tried again by itself (UTC).</param>
internal sealed record PictureFailure(
    FailureKind Kind, string Reason, int Attempts, DateTime? FirstTime, DateTime? LastTime, DateTime? NextAttempt)
{
    public static PictureFailure? Of(KnownState known) => known.Kind is { } kind
        ? new PictureFailure(kind, known.Reason ?? "", known.Attempts, known.FirstTime, known.LastTime, known.NextAttempt)
        : null;
}

/// <summary>One of a model's best labels for a picture.</summary>
/// <param name="Version">Of the model.</param>
/// <param name="Score">0 to 1.</param>
internal sealed record PictureKeyword(string Model, int Version, string Keyword, float Score);

/// <summary>A picture in one pipeline.</summary>
/// <param name="Waiting">What the pipeline waits for; null when it is active.</param>
/// <param name="Label">What a person said; null when nobody did.</param>
/// <param name="Rows">Of the table that name the picture, at most a hundred.</param>
internal sealed record PictureInPipeline(
    string Name, string Table, string Model, string? Waiting, PictureLabel? Label, IReadOnlyList<PictureRow> Rows);

/// <summary>What a person said of a picture.</summary>
/// <param name="State"><c>confirmed</c>, or <c>to confirm</c> when the picture was overwritten since.</param>
internal sealed record PictureLabel(string Label, string State, string LabelledBy, DateTime LabelledAt)
{
    public static PictureLabel Of(KnownLabel known) => new(known.Label, known.State, known.LabelledBy, known.LabelledAt);
}

/// <summary>A row that shows a picture.</summary>
/// <param name="Path">As the row spells it.</param>
/// <param name="Keyword">Null when no label is sure enough, or nobody has looked.</param>
/// <param name="Score">0 to 1.</param>
/// <param name="Version">Of the model; null for a person's label.</param>
/// <param name="Source"><c>model</c>, <c>person</c> or <c>failed</c>; null while nobody has looked.</param>
/// <param name="Columns">Those that the pipeline's file lists under <c>search: columns</c>, by name.</param>
internal sealed record PictureRow(
    string Path, string? Keyword, float? Score, int? Version, string? Source, IReadOnlyDictionary<string, JsonElement> Columns);
