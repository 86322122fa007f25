using ThanoSql.Catalog;
using ThanoSql.Catalog.Keywords;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Tables;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Catalog;

public sealed class ModelDeletionTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_deletion_waits_for_who_holds_the_pipelines_and_never_holds_what_they_want_next()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        var version = await world.ModelAsync("deleted");
        await world.SqlAsync("CREATE TABLE public.shop (image_path text)");
        await world.Registry.RegisterAsync([CatalogWorld.Pipeline("shop", "shop", "deleted")], Cancellation);
        await using var worker = await world.Database.OpenConnectionAsync(Cancellation);
        await using var transaction = await worker.BeginTransactionAsync(Cancellation);
        // As ServingTables begins
        await worker.Command("SELECT FROM thanosql.pipeline ORDER BY pipeline_id FOR SHARE").RunAsync(Cancellation);

        var deletion = new ModelCatalog(world.Database).DeleteAsync(version.ModelId, Cancellation);
        await SomebodyWaitsAsync(world);
        // Goes on at once, not when a deadlock is broken
        await worker.Command("SET LOCAL lock_timeout = '500ms'").RunAsync(Cancellation);
        (await ServingTables.LoadAsync(worker, "workspace", hold: true, Cancellation)).Single().Current.VersionId.ShouldBe(version.VersionId);
        await transaction.CommitAsync(Cancellation);
        await deletion;

        (await world.ScalarAsync<string>("SELECT state FROM thanosql.pipeline WHERE name = 'shop'")).ShouldBe("waiting");
        (await world.ScalarAsync<long>("SELECT count(*) FROM thanosql.model WHERE name = 'deleted'")).ShouldBe(0);
    }

    [Fact]
    public async Task A_deletion_waits_for_no_reader_of_keywords_and_what_is_left_goes_later()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        var (deleted, other) = (await world.ModelAsync("behind"), await world.ModelAsync("beside"));
        await world.SqlAsync("CREATE TABLE public.labelled (image_path text)");
        await world.Registry.RegisterAsync([CatalogWorld.Pipeline("labelled", "labelled", "behind")], Cancellation);
        await using var shop = await world.Database.OpenConnectionAsync(Cancellation);
        await using var transaction = await shop.BeginTransactionAsync(Cancellation);
        await shop.Command("SELECT count(*) FROM thanosql.keyword").RunAsync(Cancellation);

        await new ModelCatalog(world.Database).DeleteAsync(deleted.ModelId, Cancellation);
        // Others read keywords, and the shop's own transaction goes on to what the deletion wants first
        (await world.ScalarAsync<long>($"SELECT count(*) FROM thanosql.keyword WHERE version_id = {other.VersionId}")).ShouldBe(0);
        await shop.Command(
            """
            INSERT INTO thanosql.label (pipeline_id, bucket, key, label, labelled_by)
            SELECT pipeline_id, 'workspace', 'labelled/1.jpg', '과일', 'a person' FROM thanosql.pipeline WHERE name = 'labelled'
            """).RunAsync(Cancellation);
        (await world.ModelAsync("new")).VersionId.ShouldBeGreaterThan(other.VersionId); // a version is made beside the reader
        (await world.ScalarAsync<long>("SELECT count(*) FROM thanosql.model WHERE name = 'behind'")).ShouldBe(0);
        (await IsThereAsync()).ShouldBeTrue();
        await transaction.CommitAsync(Cancellation);

        (await new KeywordRetention(world.Database).ApplyAsync(other.ModelId, Cancellation)).ShouldBe(1);

        (await IsThereAsync()).ShouldBeFalse();

        Task<bool> IsThereAsync() => world.ScalarAsync<bool>($"SELECT to_regclass('{KeywordPartition.Table(deleted.VersionId)}') IS NOT NULL");
    }

    // The deletion waits for a lock, gives up after a moment and tries again: it is caught waiting
    private static async Task SomebodyWaitsAsync(CatalogWorld world)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        deadline.CancelAfter(TimeSpan.FromMinutes(1));
        const string waiting = """
            SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())
            """;
        while (await world.ScalarAsync<long>(waiting) == 0)
            await Task.Delay(10, deadline.Token);
    }
}
