using ThanoSql.Storage.S3;

namespace ThanoSql.Tests.Fixtures;

/// <summary>A real S3 server (Ceph's radosgw) with a fresh bucket for one test class (<c>IClassFixture&lt;CephServer&gt;</c>).</summary>
public sealed class CephServer(RealServers servers) : IAsyncLifetime
{
    private S3Store? _store;

    public string Bucket { get; } = $"test-{Guid.NewGuid():N}";

    public S3StoreOptions Options { get; private set; } = new();

    public S3Store Store => _store ?? throw new InvalidOperationException("The fixture has not started yet.");

    public async ValueTask InitializeAsync()
    {
        Options = await servers.S3Async();
        _store = new S3Store(Options, TimeProvider.System);
        await Store.EnsureBucketAsync(Bucket, CancellationToken.None);
    }

    public ValueTask DisposeAsync()
    {
        _store?.Dispose(); // the bucket lives in memory and goes with the server
        return ValueTask.CompletedTask;
    }
}
