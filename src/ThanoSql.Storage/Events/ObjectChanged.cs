namespace ThanoSql.Messages;

/// <summary>
/// An object changed or may have: look at it as it is now. What stores report and what goes over the bus, so that namespace, name and members are a
/// wire format. Losing one only delays the index until the next sweep.
/// </summary>
public sealed record ObjectChanged
{
    /// <summary>The bucket's name.</summary>
    public required string Bucket { get; init; }

    /// <summary>The key in Unicode NFC, decoded.</summary>
    public required string Key { get; init; }

    /// <summary>The source says that it is gone or hidden behind a delete marker; the reader checks.</summary>
    public bool Deleted { get; init; }

    /// <summary>Who says so: <c>aws:s3</c>, <c>minio:s3</c>, <c>ceph:s3</c>, <c>folder</c>. Sequencers compare within one source only.</summary>
    public required string Source { get; init; }

    /// <summary>After a put, where known.</summary>
    public string? ETag { get; init; }

    /// <summary>In bytes after a put, where known.</summary>
    public long? Size { get; init; }

    /// <summary>Ordinally greater means later, for one source and one key; null where the source has none.</summary>
    public string? Sequencer { get; init; }

    /// <summary>When it happened, by the source's clock.</summary>
    public DateTimeOffset Time { get; init; }
}
