namespace ThanoSql.Messages;

/// <summary>An object changed or may have: look at it as it is now. Losing this message only delays the index until the next sweep.</summary>
/// <param name="Bucket">The bucket's name.</param>
/// <param name="Key">The key in Unicode NFC, decoded.</param>
/// <param name="Deleted">The source says that it is gone; the reader checks.</param>
/// <param name="Source">For example <c>minio:s3</c> or <c>folder</c>.</param>
/// <param name="ETag">After a put, where known.</param>
/// <param name="Size">In bytes after a put, where known.</param>
/// <param name="Sequencer">Ordinally greater means later, for one source and one key; null where the source has none.</param>
/// <param name="Time">When it happened, by the source's clock.</param>
public sealed record ObjectChanged(
    string Bucket, string Key, bool Deleted, string Source, string? ETag, long? Size, string? Sequencer, DateTimeOffset Time);
