using ThanoSql.Catalog;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Pipelines;
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
        while (await world.ScalarAsync<long>("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())") == 0)
            await Task.Delay(10, Cancellation);
        // Goes on at once, not when a deadlock is broken
        await worker.Command("SET LOCAL lock_timeout = '500ms'").RunAsync(Cancellation);
        (await ServingTables.LoadAsync(worker, "workspace", hold: true, Cancellation)).Single().Current.VersionId.ShouldBe(version.VersionId);
        await transaction.CommitAsync(Cancellation);
        await deletion;

        (await world.ScalarAsync<string>("SELECT state FROM thanosql.pipeline")).ShouldBe("waiting");
        (await world.ScalarAsync<long>("SELECT count(*) FROM thanosql.model")).ShouldBe(0);
    }
}
