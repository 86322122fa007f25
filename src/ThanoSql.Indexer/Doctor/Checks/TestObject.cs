using ThanoSql.Storage;

namespace ThanoSql.Indexer.Doctor.Checks;

/// <summary>A test object in a bucket, until it is disposed, whatever happened meanwhile.</summary>
internal sealed class TestObject : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private readonly IObjectStore _store;

    private TestObject(IObjectStore store, ObjectPath path) => (_store, Path) = (store, path);

    public ObjectPath Path { get; }

    /// <exception cref="StoreException">It cannot be written.</exception>
    public static async Task<TestObject> PutAsync(IObjectStore store, string bucket, byte[] content, CancellationToken cancellationToken)
    {
        var probe = new TestObject(store, StoreProbe.In(bucket));
        try
        {
            using var body = new MemoryStream(content);
            await store.WriteAsync(probe.Path, body, "text/plain", cancellationToken);
            return probe;
        }
        catch (Exception error) when (error is not StoreRefusedException and not BucketNotFoundException)
        {
            await probe.DisposeAsync(); // it may have been written all the same
            throw;
        }
    }

    /// <summary>Also after the time of a check is over.</summary>
    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await _store.DeleteAsync(Path, patience.Token);
        }
        catch (Exception error) when (error is StoreUnavailableException or OperationCanceledException)
        {
            // The next doctor removes it
        }
    }
}
