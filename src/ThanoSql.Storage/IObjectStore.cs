namespace ThanoSql.Storage;

/// <summary>
/// A place that keeps objects (images, CSV files) in buckets: a local folder or an S3 server. Every method throws
/// <see cref="StoreUnavailableException"/> when trying again later may help and <see cref="StoreRefusedException"/> when it will not.
/// </summary>
public interface IObjectStore
{
    /// <summary>The object as it is now, to be disposed by the caller; null when there is none.</summary>
    /// <remarks>A body that ends before the announced size throws <see cref="TruncatedObjectException"/> while it is read.</remarks>
    Task<StoredObject?> OpenReadAsync(ObjectPath path, CancellationToken cancellationToken);

    /// <summary>What is known of an object without reading it; null when there is none.</summary>
    Task<ObjectInfo?> StatAsync(ObjectPath path, CancellationToken cancellationToken);

    /// <summary>Writes an object at once: readers see the old content or the whole new one.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="content">Read from its current position to its end.</param>
    /// <param name="contentType">For example <c>image/jpeg</c>; null when unknown. A folder does not keep it.</param>
    /// <param name="cancellationToken">Leaves the old content in place.</param>
    /// <exception cref="BucketNotFoundException">The bucket does not exist.</exception>
    Task<ObjectInfo> WriteAsync(ObjectPath path, Stream content, string? contentType, CancellationToken cancellationToken);

    /// <summary>Removes an object; one that does not exist is no error.</summary>
    Task DeleteAsync(ObjectPath path, CancellationToken cancellationToken);

    /// <summary>Lists a bucket in the byte order of the keys as stored, in pages of at most 1,000.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="prefix">Only keys that begin with it; empty for all.</param>
    /// <param name="startAfter">The <see cref="ObjectPage.Last"/> of the page after which to go on; null for the beginning.</param>
    /// <param name="cancellationToken">Checked between objects.</param>
    /// <exception cref="BucketNotFoundException">The bucket does not exist.</exception>
    IAsyncEnumerable<ObjectPage> ListAsync(string bucket, string prefix, string? startAfter, CancellationToken cancellationToken);

    /// <summary>Makes a bucket unless it exists.</summary>
    Task EnsureBucketAsync(string bucket, CancellationToken cancellationToken);
}
