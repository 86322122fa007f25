namespace ThanoSql.Catalog.Images;

/// <summary>An image that a worker holds a lease on.</summary>
/// <param name="ImageId">Its row.</param>
/// <param name="Bucket">The bucket's name.</param>
/// <param name="Key">In Unicode NFC.</param>
/// <param name="ETag">What was read last; null before the first read.</param>
/// <param name="Size">In bytes, of that read.</param>
/// <param name="ContentId">The content of that read.</param>
/// <param name="Generation">A result counts only as long as it stays.</param>
/// <param name="Attempts">This one included, since the last event.</param>
/// <param name="Crashes">Leases that ran out over it: above 0 it is looked at alone.</param>
/// <param name="EventAt">When the change happened, by the source's clock.</param>
public sealed record ClaimedImage(
    long ImageId, string Bucket, string Key, string? ETag, long? Size, long? ContentId, long Generation, int Attempts, int Crashes, DateTime EventAt);
