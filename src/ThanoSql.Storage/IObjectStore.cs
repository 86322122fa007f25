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

    /// <summary>As <see cref="WriteAsync"/>, unless there is such an object: then nothing is written. Of several at once, one is.</summary>
    /// <returns>Null when there is one.</returns>
    /// <exception cref="BucketNotFoundException">The bucket does not exist.</exception>
    Task<ObjectInfo?> WriteNewAsync(ObjectPath path, Stream content, string? contentType, CancellationToken cancellationToken);

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

/// <summary>An object opened for reading.</summary>
/// <param name="Info">The etag and size that belong to <paramref name="Content"/>, not to an earlier or later version.</param>
/// <param name="Content">From its beginning; throws <see cref="TruncatedObjectException"/> when it ends before <see cref="ObjectInfo.Size"/>
/// bytes.</param>
public sealed record StoredObject(ObjectInfo Info, Stream Content) : IAsyncDisposable
{
    /// <summary>The whole content.</summary>
    /// <exception cref="StoreRefusedException">It is larger than <paramref name="maxBytes"/>.</exception>
    public async Task<byte[]> ReadAllAsync(long maxBytes, CancellationToken cancellationToken)
    {
        if (Info.Size > maxBytes)
            throw new StoreRefusedException($"{Info.Path} has {Info.Size:N0} bytes, more than the limit of {maxBytes:N0}.");
        var bytes = GC.AllocateUninitializedArray<byte>((int)Info.Size);
        await Content.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
        return bytes;
    }

    public ValueTask DisposeAsync() => Content.DisposeAsync();
}

/// <summary>What a store says of an object without reading it.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="ETag">Changes whenever the content does, opaque, without quotes. Equal tags of two stores mean nothing.</param>
/// <param name="Size">In bytes.</param>
/// <param name="LastModified">By the store's clock.</param>
public sealed record ObjectInfo(ObjectPath Path, string ETag, long Size, DateTimeOffset LastModified)
{
    public string Key => Path.Key;
}

/// <summary>One page of a listing.</summary>
/// <param name="Objects">At most 1,000 objects.</param>
/// <param name="Last">The last key looked at, spelled as in the store: hand it to <see cref="IObjectStore.ListAsync"/> to go on after this
/// page.</param>
/// <param name="Unusable">Keys that no <see cref="ObjectPath"/> can name (empty or <c>..</c> segments), left out of
/// <paramref name="Objects"/>.</param>
public sealed record ObjectPage(IReadOnlyList<ObjectInfo> Objects, string? Last, IReadOnlyList<string> Unusable)
{
    /// <summary>Keys of symbolic links, pipes, sockets and devices in a folder: they are no objects.</summary>
    public IReadOnlyList<string> NotFollowed { get; init; } = [];

    /// <summary>
    /// Keys of objects that the store spells otherwise (in another form of Unicode than NFC), so that they stand elsewhere in its order than their
    /// keys would.
    /// </summary>
    public IReadOnlyList<string> Respelled { get; init; } = [];

    /// <summary>Prefixes of folders that could not be read: what lies below them is not known. In Unicode NFC.</summary>
    public IReadOnlyList<string> Unreadable { get; init; } = [];
}
