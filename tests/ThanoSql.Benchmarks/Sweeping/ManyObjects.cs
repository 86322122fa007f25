using ThanoSql.Storage;
using ThanoSql.Storage.S3;

namespace ThanoSql.Benchmarks.Sweeping;

/// <summary>A bucket of small objects on the S3 server that <c>Storage__S3__*</c> names; its objects are removed after use.</summary>
internal sealed class ManyObjects : IAsyncDisposable
{
    private const int Writers = 16;

    private ManyObjects(S3Store store, int count) => (Store, Count) = (store, count);

    public S3Store Store { get; }

    public int Count { get; }

    public string Bucket { get; } = $"sweep-{Guid.NewGuid():N}"[..20];

    public static async Task<ManyObjects> PutAsync(int count, CancellationToken cancellationToken)
    {
        var objects = new ManyObjects(new S3Store(Options(), TimeProvider.System), count);
        await objects.Store.EnsureBucketAsync(objects.Bucket, cancellationToken);
        await objects.EachAsync(
            async (path, token) => await objects.Store.WriteAsync(path, new MemoryStream([0]), "image/jpeg", token), cancellationToken);
        return objects;
    }

    public async ValueTask DisposeAsync()
    {
        await EachAsync(async (path, token) => await Store.DeleteAsync(path, token), CancellationToken.None);
        Store.Dispose();
    }

    private Task EachAsync(Func<ObjectPath, CancellationToken, ValueTask> work, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        Enumerable.Range(0, Count).Select(n => new ObjectPath(Bucket, $"products/{ManyFiles.NameOf(n)}")),
        new ParallelOptions { MaxDegreeOfParallelism = Writers, CancellationToken = cancellationToken }, work);

    private static S3StoreOptions Options() => new()
    {
        Endpoint = Setting("Endpoint"),
        AccessKey = Setting("AccessKey"),
        SecretKey = Setting("SecretKey"),
        Region = Setting("Region"),
    };

    private static string Setting(string name) => Environment.GetEnvironmentVariable($"Storage__S3__{name}") ?? throw new InvalidOperationException(
        $"Set Storage__S3__{name} to an S3 server's (infra/servers.sh env ceph prints them).");
}
