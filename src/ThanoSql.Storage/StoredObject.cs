namespace ThanoSql.Storage;

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
        var bytes = new byte[Info.Size];
        await Content.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
        return bytes;
    }

    public ValueTask DisposeAsync() => Content.DisposeAsync();
}
