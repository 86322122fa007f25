using Microsoft.Extensions.Logging.Abstractions;
using ThanoSql.Catalog;
using ThanoSql.Tests.Faults.World;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Faults;

/// <summary>
/// The next release migrates the database while this one's workers run. There is no second release yet, so a migration stands in for it that does
/// what ours do: what this cannot show is two releases' code at work on the same rows.
/// </summary>
public sealed class MigrationTests(RealServers servers)
{
    private const string NextRelease = """
        ALTER TABLE thanosql.image ADD COLUMN noted text, ADD COLUMN weight integer NOT NULL DEFAULT 0;
        CREATE TABLE thanosql.novelty (image_id bigint PRIMARY KEY REFERENCES thanosql.image ON DELETE CASCADE);
        CREATE INDEX image_weight ON thanosql.image (weight);
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task This_releases_workers_go_on_and_start_anew_after_the_next_release_has_migrated_the_database()
    {
        await using var world = await FaultWorld.CreateAsync(servers);
        await world.StartWorkerAsync();
        await world.Writer.ChurnAsync(60);

        await MigrateAsync(world, 9000);
        await world.Writer.ChurnAsync(60);
        await world.StartWorkerAsync();
        await world.Writer.ChurnAsync(60);

        await world.ShouldBecomeCleanAsync();
        await MigrateAsync(world, 9001);
        (await Should.ThrowAsync<CatalogException>(() => new Migrator(world.Database, NullLogger<Migrator>.Instance).RunAsync(Cancellation)))
            .Message.ShouldContain("migration 9001");
    }

    private static Task MigrateAsync(FaultWorld world, int number) =>
        world.SqlAsync(
            $"BEGIN; {(number == 9000 ? NextRelease : "")} INSERT INTO thanosql.migration (number, name) VALUES ({number}, 'next release'); COMMIT");
}
