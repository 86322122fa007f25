using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Images;
using ThanoSql.Storage;
using ThanoSql.Storage.Folder;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Tests.Integration.Catalog;
using ThanoSql.Worker;
using ThanoSql.Worker.Sweeping;

namespace ThanoSql.Tests.Integration.Worker;

/// <summary>Sweeps of several pages over images that workers have looked at: no picture is read here.</summary>
public sealed class SweepResumeTests(PostgresServer postgres) : IClassFixture<PostgresServer>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("thanosql-test-").FullName;
    private readonly ServiceProvider _meters = new ServiceCollection().AddMetrics().AddSingleton<IndexingTelemetry>().BuildServiceProvider();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _meters.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_sweep_that_is_stopped_goes_on_after_the_last_page_and_calls_nothing_gone_before_its_end()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        var store = await FillAsync("stopped", 2500, n => $"{n:D4}.png");
        await SettleAsync(world, store, "stopped");
        foreach (var gone in new[] { "0010.png", "2400.png" })
            File.Delete(Path.Combine(_folder, "stopped", "p", gone));

        (await SweepAsync(world, new Pages(store, 1), "stopped")).ShouldBeNull();
        (await StatesAsync(world, "stopped")).ShouldBe(["indexed 2500"]);
        var pages = new Pages(store, int.MaxValue);
        var found = (await SweepAsync(world, pages, "stopped")).ShouldNotBeNull();

        pages.Listed.ShouldBe(1498); // not the first page again
        (found.Listed, found.Changed, found.Gone).ShouldBe((2498, 0, 2));
        (await StatesAsync(world, "stopped")).ShouldBe(["indexed 2498", "pending 2"]);
    }

    [Fact]
    public async Task Pictures_whose_names_a_Mac_wrote_are_there_although_the_store_lists_them_at_another_place()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        var store = await FillAsync("decomposed", 1200, n => $"사과 {n:D4}.png".Normalize(NormalizationForm.FormD));
        await SettleAsync(world, store, "decomposed");
        File.Delete(Path.Combine(_folder, "decomposed", "p", "사과 0700.png".Normalize(NormalizationForm.FormD)));

        (await SweepAsync(world, new Pages(store, 1), "decomposed")).ShouldBeNull(); // and when it was stopped
        var found = (await SweepAsync(world, store, "decomposed")).ShouldNotBeNull();

        (found.Listed, found.Changed, found.Gone, found.IsHeldBack).ShouldBe((1199, 0, 1, false));
        (await StatesAsync(world, "decomposed")).ShouldBe(["indexed 1199", "pending 1"]);
    }

    private async Task<FolderStore> FillAsync(string bucket, int files, Func<int, string> name)
    {
        var store = new FolderStore(_folder);
        await store.EnsureBucketAsync(bucket, Cancellation);
        var folder = Directory.CreateDirectory(Path.Combine(_folder, bucket, "p")).FullName;
        for (var n = 0; n < files; n++)
            await File.Create(Path.Combine(folder, name(n))).DisposeAsync();
        return store;
    }

    /// <summary>As workers leave the images behind.</summary>
    private static async Task SettleAsync(CatalogWorld world, FolderStore store, string bucket)
    {
        await foreach (var page in store.ListAsync(bucket, "", null, Cancellation))
        {
            await world.Database.Command(
                """
                INSERT INTO thanosql.image (bucket, key, state, etag, size)
                SELECT $1, o.key, 'indexed', o.etag, 0 FROM unnest($2::text[], $3::text[]) AS o (key, etag)
                """,
                bucket, page.Objects.Select(o => o.Key).ToArray(), page.Objects.Select(o => o.ETag).ToArray()).RunAsync(Cancellation);
        }
    }

    private Task<SweepProgress?> SweepAsync(CatalogWorld world, IObjectStore store, string bucket) => new Sweeper(
        store, new SweepLedger(world.Database), _meters.GetRequiredService<IndexingTelemetry>(), TimeProvider.System,
        Options.Create(new IndexingOptions()), Options.Create(new SweepOptions()), NullLogger<Sweeper>.Instance)
        .SweepAsync(bucket, acceptLoss: false, Cancellation);

    private static Task<List<string>> StatesAsync(CatalogWorld world, string bucket) => world.Database.Command(
        "SELECT state || ' ' || count(*) FROM thanosql.image WHERE bucket = $1 GROUP BY state ORDER BY state", bucket)
        .ListAsync<string>(Cancellation);

    /// <summary>A store that does not answer any more after some pages.</summary>
    private sealed class Pages(FolderStore inner, int most) : IObjectStore
    {
        public int Listed { get; private set; }

        public async IAsyncEnumerable<ObjectPage> ListAsync(
            string bucket, string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            var given = 0;
            await foreach (var page in inner.ListAsync(bucket, prefix, startAfter, cancellationToken))
            {
                if (given++ == most)
                    throw new StoreUnavailableException("The store does not answer.");
                Listed += page.Objects.Count;
                yield return page;
            }
        }

        public Task<StoredObject?> OpenReadAsync(ObjectPath path, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<ObjectInfo?> StatAsync(ObjectPath path, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<ObjectInfo> WriteAsync(ObjectPath path, Stream content, string? contentType, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<ObjectInfo?> WriteNewAsync(ObjectPath path, Stream content, string? contentType, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task DeleteAsync(ObjectPath path, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task EnsureBucketAsync(string bucket, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
