using System.Runtime.CompilerServices;
using ThanoSql.Storage;

namespace ThanoSql.Embedding.Buckets;

/// <summary>
/// A store that says of no object that it is gone unless its bucket is there, and makes no bucket of which images are known. All but the guard
/// itself use this one.
/// </summary>
public sealed class GuardedStore(IObjectStore inner, BucketGuard guard) : IObjectStore
{
    /// <inheritdoc/>
    public Task<StoredObject?> OpenReadAsync(ObjectPath path, CancellationToken cancellationToken) =>
        AskAsync(path.Bucket, () => inner.OpenReadAsync(path, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<ObjectInfo?> StatAsync(ObjectPath path, CancellationToken cancellationToken) =>
        AskAsync(path.Bucket, () => inner.StatAsync(path, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async Task<ObjectInfo> WriteAsync(ObjectPath path, Stream content, string? contentType, CancellationToken cancellationToken)
    {
        await guard.RequireAsync(path.Bucket, cancellationToken); // below an empty mount point it would be hidden later
        return await inner.WriteAsync(path, content, contentType, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<ObjectInfo?> WriteNewAsync(ObjectPath path, Stream content, string? contentType, CancellationToken cancellationToken)
    {
        await guard.RequireAsync(path.Bucket, cancellationToken);
        return await inner.WriteNewAsync(path, content, contentType, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(ObjectPath path, CancellationToken cancellationToken)
    {
        await guard.RequireAsync(path.Bucket, cancellationToken);
        await inner.DeleteAsync(path, cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectPage> ListAsync(
        string bucket, string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await guard.ConfirmAsync(bucket, cancellationToken);
        await foreach (var page in inner.ListAsync(bucket, prefix, startAfter, cancellationToken))
            yield return page;
        await guard.ConfirmAsync(bucket, cancellationToken); // or it may have ended because the store went away
    }

    /// <inheritdoc/>
    public Task EnsureBucketAsync(string bucket, CancellationToken cancellationToken) => guard.EnsureAsync(bucket, cancellationToken);

    /// <summary>An object that is not there is asked for again after its bucket proved to be.</summary>
    private async Task<T?> AskAsync<T>(string bucket, Func<Task<T?>> ask, CancellationToken cancellationToken)
        where T : class
    {
        await guard.RequireAsync(bucket, cancellationToken);
        if (await ask() is { } found)
            return found;
        await guard.ConfirmAsync(bucket, cancellationToken);
        return await ask();
    }
}
