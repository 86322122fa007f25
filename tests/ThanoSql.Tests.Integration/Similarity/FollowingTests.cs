using ThanoSql.Catalog;
using ThanoSql.Catalog.Similarity;
using ThanoSql.Catalog.Trunks;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Similarity;

public sealed class FollowingTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_others_commit_is_found_a_second_later_without_reading_everything_again()
    {
        await using var world = await SimilarityWorld.CreateAsync(postgres);
        var first = await world.AddAsync(world.Vector(1), world.Vector(0, 1));
        var (one, other) = (world.Start(), world.Start());
        (await one.NearestAsync([1])).ShouldBe(first);
        (await other.NearestAsync([1])).ShouldBe(first);

        var second = await world.AddAsync(world.Vector(1, 0.1));
        foreach (var process in new[] { one, other })
            (await process.Later().NearestAsync([1])).ShouldBe([first[0], second[0], first[1]]);

        await world.RemoveAsync(first[0]);
        foreach (var process in new[] { one, other })
        {
            (await process.Later().NearestAsync([1])).ShouldBe([second[0], first[1]]);
            process.Loads.ShouldBe(1);
        }
    }

    [Fact]
    public async Task The_catalog_is_not_looked_at_for_each_search()
    {
        await using var world = await SimilarityWorld.CreateAsync(postgres);
        var first = await world.AddAsync(world.Vector(1));
        var process = world.Start();
        await process.NearestAsync([1]);

        var second = await world.AddAsync(world.Vector(1, 1));

        (await process.NearestAsync([1])).ShouldBe(first);
        (await process.Later().NearestAsync([1])).ShouldBe([first[0], second[0]]);
    }

    [Fact]
    public async Task A_transaction_that_began_early_and_ends_late_is_not_missed()
    {
        await using var world = await SimilarityWorld.CreateAsync(postgres);
        await using var slow = await world.Database.OpenConnectionAsync(Cancellation);
        await using var transaction = await slow.BeginTransactionAsync(Cancellation);
        var early = await world.AddAsync(slow, world.Vector(1));
        var process = world.Start();
        (await process.NearestAsync([1])).ShouldBeEmpty();
        var late = await world.AddAsync(world.Vector(1, 1));
        (await process.Later().NearestAsync([1])).ShouldBe(late);
        (await process.Later().NearestAsync([1])).ShouldBe(late);

        await transaction.CommitAsync(Cancellation);

        (await process.Later().NearestAsync([1])).ShouldBe([early[0], late[0]]);
        process.Loads.ShouldBe(1);
    }

    [Fact]
    public async Task What_is_rolled_back_was_never_there()
    {
        await using var world = await SimilarityWorld.CreateAsync(postgres);
        var kept = await world.AddAsync(world.Vector(0, 1));
        var process = world.Start();
        await process.NearestAsync([1]);
        await using (var connection = await world.Database.OpenConnectionAsync(Cancellation))
        {
            await using var transaction = await connection.BeginTransactionAsync(Cancellation);
            await world.AddAsync(connection, world.Vector(1));
            await transaction.RollbackAsync(Cancellation);
        }

        (await process.Later().NearestAsync([1])).ShouldBe(kept);
    }

    [Fact]
    public async Task A_reader_that_looked_since_the_last_removal_follows_and_one_that_fell_behind_reads_everything_again()
    {
        await using var world = await SimilarityWorld.CreateAsync(postgres);
        var first = await world.AddAsync(world.Vector(1));
        var (steady, idle) = (world.Start(), world.Start());
        await steady.NearestAsync([1]);
        await idle.NearestAsync([1]);

        var second = await world.AddAsync(world.Vector(1, 1));
        await new EmbeddingChanges(world.Database).RemoveAsync(TimeSpan.Zero, Cancellation);
        (await steady.Later().NearestAsync([1])).ShouldBe([first[0], second[0]]);
        var third = await world.AddAsync(world.Vector(1, 2));
        (await new EmbeddingChanges(world.Database).RemoveAsync(TimeSpan.Zero, Cancellation)).ShouldBeGreaterThan(0);

        foreach (var process in new[] { steady, idle })
            (await process.Later().NearestAsync([1])).ShouldBe([first[0], second[0], third[0]]);
        steady.Loads.ShouldBe(1);
        idle.Loads.ShouldBe(2);
    }

    [Fact]
    public async Task Entries_are_kept_for_a_while_whatever_the_clock_does()
    {
        await using var world = await SimilarityWorld.CreateAsync(postgres);
        await world.AddAsync(world.Vector(1));
        var changes = new EmbeddingChanges(world.Database);
        await changes.RemoveAsync(TimeSpan.Zero, Cancellation);
        (await changes.RemoveAsync(Cancellation)).ShouldBe(0);

        await world.Database.Command("UPDATE thanosql.embedding_change_removal SET removed_at = now() + interval '1 year'").RunAsync(Cancellation);

        (await changes.RemoveAsync(Cancellation)).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Entries_and_snapshots_of_another_server_that_came_with_a_backup_do_no_harm()
    {
        await using var world = await SimilarityWorld.CreateAsync(postgres);
        var first = await world.AddAsync(world.Vector(1));
        await world.Database.Command(
            """
            WITH ahead AS (UPDATE thanosql.embedding_change_removal SET removed_below = '9000000000', next_below = '9000000000')
            INSERT INTO thanosql.embedding_change (xid, trunk_id, contents) VALUES ('9000000001', $1, '{1}')
            """,
            world.Trunk).RunAsync(Cancellation);
        var process = world.Start();
        (await process.NearestAsync([1])).ShouldBe(first);

        var second = await world.AddAsync(world.Vector(1, 1));
        (await process.Later().NearestAsync([1])).ShouldBe([first[0], second[0]]);
        process.Loads.ShouldBe(1);

        var changes = new EmbeddingChanges(world.Database);
        (await changes.SinceAsync([(world.Trunk, "9000000000:9000000000:")], Cancellation)).Single().IsLost.ShouldBeTrue();
        await changes.RemoveAsync(TimeSpan.Zero, Cancellation);
        (await world.Database.Command("SELECT count(*) FROM thanosql.embedding_change WHERE xid > '8000000000'").ScalarAsync<long>(Cancellation))
            .ShouldBe(0);
        (await process.Later().NearestAsync([1])).ShouldBe([first[0], second[0]]);
    }

    [Fact]
    public async Task A_trunk_whose_embeddings_go_as_a_whole_is_empty_and_another_is_not()
    {
        await using var world = await SimilarityWorld.CreateAsync(postgres);
        await using var next = await SimilarityWorld.CreateAsync(Npgsql.NpgsqlDataSource.Create(postgres.ConnectionString), 8);
        await world.AddAsync(world.Vector(1));
        var kept = await next.AddAsync(next.Vector(1));
        var process = world.Start();
        (await process.NearestAsync([1])).ShouldNotBeEmpty();
        (await process.NearestAsync(next.Trunk, [1])).ShouldBe(kept);

        (await new TrunkCatalog(world.Database).ReleaseAsync(world.Trunk, _ => { }, Cancellation)).ShouldBeTrue();

        (await process.Later().NearestAsync([1])).ShouldBeEmpty();
        (await process.NearestAsync(next.Trunk, [1])).ShouldBe(kept);
    }

    [Fact]
    public async Task Of_a_content_that_was_deleted_this_second_another_takes_the_place()
    {
        await using var world = await SimilarityWorld.CreateAsync(postgres);
        var contents = await world.AddAsync(world.Vector(1), world.Vector(1, 0.1), world.Vector(1, 5), world.Vector(0, 1));
        var process = world.Start();
        (await process.NearestAsync([1], top: 2)).ShouldBe(contents[..2]);

        await world.RemoveAsync(contents[0]);

        (await process.NearestAsync([1], top: 2)).ShouldBe(contents[1..3]);
    }
}
