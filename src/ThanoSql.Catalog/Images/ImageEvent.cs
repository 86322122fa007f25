namespace ThanoSql.Catalog.Images;

/// <summary>A hint that an object changed.</summary>
/// <param name="Bucket">The bucket's name.</param>
/// <param name="Key">In Unicode NFC.</param>
/// <param name="Deleted">The source says that it is gone.</param>
/// <param name="Source">Sequencers compare within one source only.</param>
/// <param name="ETag">After a put, where known.</param>
/// <param name="Sequencer">Ordinally greater means later; null where the source has none.</param>
/// <param name="Time">By the source's clock.</param>
public sealed record ImageEvent(string Bucket, string Key, bool Deleted, string Source, string? ETag, string? Sequencer, DateTimeOffset Time);
