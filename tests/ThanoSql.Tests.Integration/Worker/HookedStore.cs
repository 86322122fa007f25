using System.Collections.Concurrent;
using ThanoSql.Storage;
using ThanoSql.Storage.Folder;

namespace ThanoSql.Tests.Integration.Worker;

/// <summary>A real store that counts reads and lets a test step in before one.</summary>
internal sealed class HookedStore(FolderStore inner) : IObjectStore, IMarkedStore
{
    /// <summary>Runs before an object is opened; may throw.</summary>
    public Func<ObjectPath, Task> BeforeRead { get; set; } = _ => Task.CompletedTask;

    /// <summary>Runs after an object was asked for, before the answer is given.</summary>
    public Func<Task> BeforeStat { get; set; } = () => Task.CompletedTask;

    /// <summary>Whether buckets may be marked.</summary>
    public bool IsReadOnly { get; set; }

    public ConcurrentDictionary<string, int> Reads { get; } = new();

    public async Task<StoredObject?> OpenReadAsync(ObjectPath path, CancellationToken cancellationToken)
    {
        Reads.AddOrUpdate(path.Key, 1, (_, n) => n + 1);
        var found = await inner.OpenReadAsync(path, cancellationToken);
        await BeforeRead(path);
        return found;
    }

    public async Task<ObjectInfo?> StatAsync(ObjectPath path, CancellationToken cancellationToken)
    {
        var info = await inner.StatAsync(path, cancellationToken);
        await BeforeStat();
        return info;
    }

    public Task<ObjectInfo> WriteAsync(ObjectPath path, Stream content, string? contentType, CancellationToken cancellationToken) =>
        inner.WriteAsync(path, content, contentType, cancellationToken);

    public Task<ObjectInfo?> WriteNewAsync(ObjectPath path, Stream content, string? contentType, CancellationToken cancellationToken) =>
        inner.WriteNewAsync(path, content, contentType, cancellationToken);

    public Task DeleteAsync(ObjectPath path, CancellationToken cancellationToken) => inner.DeleteAsync(path, cancellationToken);

    public IAsyncEnumerable<ObjectPage> ListAsync(string bucket, string prefix, string? startAfter, CancellationToken cancellationToken) =>
        inner.ListAsync(bucket, prefix, startAfter, cancellationToken);

    public Task EnsureBucketAsync(string bucket, CancellationToken cancellationToken) => inner.EnsureBucketAsync(bucket, cancellationToken);

    public Task<Guid?> ReadMarkerAsync(string bucket, CancellationToken cancellationToken) => inner.ReadMarkerAsync(bucket, cancellationToken);

    public Task WriteMarkerAsync(string bucket, Guid id, CancellationToken cancellationToken) =>
        IsReadOnly ? throw new AccessDeniedException("The store is read-only.") : inner.WriteMarkerAsync(bucket, id, cancellationToken);
}
