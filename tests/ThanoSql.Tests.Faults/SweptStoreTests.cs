using ThanoSql.Storage;
using ThanoSql.Storage.Folder;
using ThanoSql.Tests.Faults.World;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Faults;

/// <summary>Sweeps that nobody's events help.</summary>
public sealed class SweptStoreTests(RealServers servers)
{
    private const int Others = 1050; // more than a page, before the picture
    private const string Key = "p/1.png";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Ceph")]
    [InlineData("folder")]
    public async Task The_next_worker_ends_the_sweep_of_one_that_was_killed_and_takes_nothing_for_deleted_that_was_not_listed(string kind)
    {
        await using var world = await FaultWorld.CreateAsync(servers);
        using var folder = new Root();
        (string, string)[] settings = kind == "Ceph" ? [] : [("Storage__Kind", "folder"), ("Storage__Folder__Root", folder.Path)];
        IObjectStore store = kind == "Ceph" ? world.Store : new FolderStore(folder.Path);
        await store.EnsureBucketAsync(world.Bucket, Cancellation);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Others).Select(n => $"other/{n:0000}.txt"), new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (key, token) => await store.WriteAsync(new ObjectPath(world.Bucket, key), new MemoryStream([1]), null, token));
        await store.WriteAsync(new ObjectPath(world.Bucket, Key), new MemoryStream(Picture.Of(1)), null, Cancellation);
        await world.StartWorkerAsync([.. settings, ("Indexing__SweepOnStart", "true"), ("Indexing__SweepPagesPerSecond", "1000")]);
        await world.EventuallyAsync("bool_and(state = 'indexed') FROM thanosql.image");
        await world.EventuallyAsync("bool_and(finished_at IS NOT NULL) FROM thanosql.sweep");

        var victim = await world.StartAsync(
            "worker", [.. settings, ("Indexing__SweepOnStart", "true"), ("Indexing__SweepPagesPerSecond", "0.01")]);
        await world.EventuallyAsync("bool_and(after_key IS NOT NULL) FROM thanosql.sweep"); // waits for its second page
        victim.Kill();
        await victim.WaitForExitAsync();
        var began = await world.ScalarAsync<DateTime>("SELECT started_at FROM thanosql.sweep");
        await world.StartAsync("worker", [.. settings, ("Indexing__SweepOnStart", "true"), ("Indexing__SweepPagesPerSecond", "1000")]);

        await world.EventuallyAsync("bool_and(finished_at IS NOT NULL) FROM thanosql.sweep");
        if (kind == "Ceph") // a folder is swept from its beginning: nobody watched it meanwhile
            (await world.ScalarAsync<DateTime>("SELECT started_at FROM thanosql.sweep")).ShouldBe(began);
        (await world.ScalarAsync<string>("SELECT format('%s listed, %s changed, %s gone', listed, changed, gone) FROM thanosql.sweep"))
            .ShouldBe($"{Others + 1} listed, 0 changed, 0 gone");
        (await world.ScalarAsync<string>("SELECT format('%s %s', state, generation) FROM thanosql.image")).ShouldBe("indexed 1");
    }

    [Fact]
    public async Task An_object_that_another_of_the_same_size_replaced_is_noticed_by_its_etag()
    {
        await using var world = await FaultWorld.CreateAsync(servers);
        await PutAsync(world, 1);
        await world.StartWorkerAsync();
        await world.RunAsync("sweep");
        await world.EventuallyAsync("bool_and(state = 'indexed') FROM thanosql.image");
        var before = await world.ScalarAsync<string>("SELECT format('%s %s', size, content_id) FROM thanosql.image");

        await PutAsync(world, 2);
        await world.RunAsync("sweep");

        await world.EventuallyAsync(
            "state = 'indexed' AND format('%s %s', size, content_id) <> $1 AND starts_with($1, size || ' ') FROM thanosql.image", before);
    }

    private static async Task PutAsync(FaultWorld world, int picture)
    {
        var bytes = Picture.Of(picture);
        Array.Resize(ref bytes, 16 * 1024); // zeros after a picture's end are nothing to it
        await world.Store.WriteAsync(new ObjectPath(world.Bucket, Key), new MemoryStream(bytes), "image/png", Cancellation);
    }

    private sealed class Root : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("thanosql-swept-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
