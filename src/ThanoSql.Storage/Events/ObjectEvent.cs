namespace ThanoSql.Storage.Events;

/// <summary>A hint that an object changed; the object as it is now decides.</summary>
/// <param name="Source">Who says so: <c>aws:s3</c>, <c>minio:s3</c>, <c>ceph:s3</c>, <c>folder</c>. Sequencers compare within one source
/// only.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Path">To which object.</param>
/// <param name="ETag">The etag after a put, where the source knows it.</param>
/// <param name="Size">The size after a put in bytes, where the source knows it.</param>
/// <param name="Sequencer">Ordinally greater means later, for one source and one key; null where the source has none.</param>
/// <param name="Time">By the source's clock.</param>
public sealed record ObjectEvent(
    string Source, ObjectEventKind Kind, ObjectPath Path, string? ETag, long? Size, string? Sequencer, DateTimeOffset Time);
