using Npgsql;
using ThanoSql.Messages;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Worker.Intake;
using ThanoSql.Worker.Stages;

namespace ThanoSql.Tests.Integration.Worker;

/// <summary>A worker that ends keeps no image and holds up nobody, although the bus still brings events.</summary>
public sealed class EndingTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private const string Products = "name: products\nprefix: p/\ntable: products\nrows: create\nmodel: { name: foods }\n";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_that_come_after_the_images_were_given_back_become_due_rows_and_no_more()
    {
        await using var world = await StartAsync();
        await world.PutAsync("p/1.png", Picture.Of(1));
        await EndAsync(world);

        await Accept(world, "p/1.png").WaitAsync(Patience, Cancellation);

        (await world.RowsAsync("SELECT state, lease_owner FROM thanosql.image")).ShouldBe(["pending|"]);
    }

    [Fact]
    public async Task Images_that_are_just_being_taken_are_given_back_too()
    {
        await using var world = await StartAsync();
        await world.PutAsync("p/1.png", Picture.Of(1));
        await using var other = await world.Database.OpenConnectionAsync(Cancellation);
        await using var transaction = await other.BeginTransactionAsync(Cancellation);
        await using var insert = new NpgsqlCommand(
            "INSERT INTO thanosql.image (bucket, key) VALUES ('workspace', 'p/1.png') RETURNING image_id; LOCK TABLE thanosql.image IN SHARE MODE",
            other);
        var image = (long)(await insert.ExecuteScalarAsync(Cancellation))!;
        var submission = world.Get<IndexingEngine>().SubmitAsync([image], Cancellation);
        await world.EventuallyAsync(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'WITH picked%'",
            "1");

        var end = EndAsync(world);
        await transaction.CommitAsync(Cancellation);

        await end;
        await submission.WaitAsync(Patience, Cancellation);
        (await world.RowsAsync("SELECT state, lease_owner, attempts FROM thanosql.image")).ShouldBe(["pending||0"]);
    }

    [Fact]
    public async Task Nobody_waits_on_for_an_image_that_changed_while_it_was_in_work()
    {
        await using var world = await StartAsync();
        var reading = new TaskCompletionSource();
        world.Store.BeforeRead = _ => reading.Task;
        await world.PutAsync("p/1.png", Picture.Of(1));
        var earlier = Accept(world, "p/1.png");
        await world.EventuallyAsync("SELECT generation, lease_owner IS NOT NULL FROM thanosql.image", "1|True");
        var later = Accept(world, "p/1.png");
        await world.EventuallyAsync("SELECT generation, lease_owner IS NOT NULL FROM thanosql.image", "2|True");

        await EndAsync(world);

        await Task.WhenAll(earlier, later).WaitAsync(Patience, Cancellation);
        (await world.RowsAsync("SELECT state, lease_owner FROM thanosql.image")).ShouldBe(["pending|"]);
        reading.SetResult();
    }

    // What the host does while the bus still runs
    private static Task EndAsync(IndexingWorld world) => world.Get<IndexingEngine>().StopAsync(Cancellation).WaitAsync(Patience, Cancellation);

    private static Task Accept(IndexingWorld world, string key) => world.Get<EventIntake>().AcceptAsync(
        [new ObjectChanged { Bucket = IndexingWorld.Bucket, Key = key, Source = "test", Time = DateTimeOffset.UtcNow }],
        Cancellation);

    private async Task<IndexingWorld> StartAsync()
    {
        var world = await IndexingWorld.CreateAsync(postgres);
        await world.SqlAsync("CREATE TABLE products (image_path text)");
        await world.ModelAsync("foods");
        await world.StartAsync([Products], watch: false);
        await world.EventuallyAsync("SELECT state FROM thanosql.pipelines", "active");
        return world;
    }
}
