using Npgsql;
using ThanoSql.Catalog.Labels;
using ThanoSql.Catalog.Tables;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Worker;

/// <summary>Somebody's session holds a table: its images wait and say for whom, and nobody else's do.</summary>
public sealed class HeldTableTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string Pipeline(string name) => $"{{ name: {name}, prefix: {name}/, table: {name}, rows: create, model: {{ name: foods }} }}";

    [Fact]
    public async Task A_report_left_open_and_an_alter_behind_it_hold_up_their_tables_images_alone_and_are_named()
    {
        await using var world = await StartAsync();
        await using var report = await HoldAsync(world, "weekly report", "SELECT count(*) FROM products");
        await using var alter = await OpenAsync(world, "migration tool");
        var altering = RunAsync(alter, "ALTER TABLE products ADD COLUMN price integer");
        await world.EventuallyAsync("SELECT count(*) FROM pg_locks WHERE relation = 'products'::regclass AND NOT granted", "1");

        for (var i = 0; i < 5; i++)
        {
            await world.PutAsync($"products/{i}.png", Picture.Of(i));
            await world.PutAsync($"other/{i}.png", Picture.Of(i));
        }

        await world.EventuallyAsync("SELECT count(*) FROM other WHERE keyword_source = 'model'", "5");
        altering.IsCompleted.ShouldBeFalse("the table was free before the others were through");
        var who = $"waits for a lock on products held by pid {report.Connection!.ProcessID} (weekly report), idle in transaction since ";
        await world.EventuallyAsync(
            $"SELECT DISTINCT kind FROM thanosql.failures WHERE path LIKE 'products/%' AND reason LIKE 'table: {who}%'", "transient");
        await world.EventuallyAsync($"SELECT state FROM thanosql.pipelines WHERE name = 'products' AND reason LIKE '{who}%'", "active");
        (await world.RowsAsync("SELECT count(*) FROM thanosql.pipelines WHERE name = 'other' AND reason IS NULL")).ShouldBe(["1"]);
        (await world.RowsAsync("SELECT count(*) FROM thanosql.failures WHERE reason LIKE '%count(*)%' OR path LIKE 'other/%'")).ShouldBe(["0"]);

        await report.RollbackAsync(Cancellation);
        await altering;
        await world.EventuallyAsync("SELECT count(*) FROM products WHERE keyword_source = 'model'", "5");
        await world.EventuallyAsync("SELECT count(*) FROM thanosql.pipelines WHERE reason IS NOT NULL", "0");
    }

    [Fact]
    public async Task A_held_tables_rows_that_name_a_picture_of_another_prefix_get_its_answer_when_the_table_is_free()
    {
        await using var world = await StartAsync();
        await world.SqlAsync("INSERT INTO products (image_path) VALUES ('other/shared.png')");
        await world.PutAsync("other/shared.png", Picture.Of(1));
        await world.EventuallyAsync("SELECT count(*) FROM products WHERE keyword_source = 'model'", "1");
        var before = await world.RowsAsync("SELECT content_id FROM thanosql.image WHERE key = 'other/shared.png'");
        await using var held = await HoldAsync(world, "shop", "LOCK TABLE products IN ACCESS EXCLUSIVE MODE");

        await world.DeleteAsync("other/shared.png");

        await world.EventuallyAsync("SELECT keyword_source FROM other WHERE image_path = 'other/shared.png'", "failed");
        before.ShouldNotBe([""]);
        await held.RollbackAsync(Cancellation);
        await world.EventuallyAsync("SELECT keyword_source FROM products", "failed");
        await world.EventuallyAsync("SELECT count(*) FROM thanosql.unasked_image", "0");
    }

    [Fact]
    public async Task A_table_that_takes_long_to_be_filled_holds_up_no_other_table_and_none_that_becomes_active()
    {
        await using var world = await IndexingWorld.CreateAsync(postgres);
        await world.SqlAsync("""
            CREATE TABLE products (image_path text); CREATE TABLE other (image_path text); CREATE TABLE late (image_path text);
            CREATE TABLE gate (open boolean); GRANT SELECT ON gate TO PUBLIC;
            INSERT INTO products VALUES ('other/1.png');
            CREATE FUNCTION public.waiting() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = '10min' AS
                'BEGIN PERFORM FROM public.gate; RETURN NEW; END';
            GRANT EXECUTE ON FUNCTION public.waiting() TO PUBLIC;
            CREATE TRIGGER waiting BEFORE UPDATE ON products FOR EACH ROW EXECUTE FUNCTION public.waiting()
            """);
        await world.ModelAsync("foods");
        await world.StartAsync([Pipeline("other")]);
        await world.PutAsync("other/1.png", Picture.Of(1));
        await world.EventuallyAsync("SELECT count(*) FROM other WHERE keyword_source = 'model'", "1");
        await world.StopAsync();
        await using var held = await HoldAsync(world, "gate", "LOCK TABLE gate IN ACCESS EXCLUSIVE MODE");

        await world.StartAsync([Pipeline("other"), Pipeline("products"), Pipeline("late")]);
        await world.EventuallyAsync("SELECT count(*) FROM pg_locks WHERE relation = 'gate'::regclass AND NOT granted", "1"); // the filling is there
        await world.EventuallyAsync("SELECT name FROM thanosql.pipeline WHERE state = 'active' ORDER BY name", "late", "other");
        await world.PutAsync("other/2.png", Picture.Of(2));
        await world.PutAsync("late/2.png", Picture.Of(2));
        await world.PutAsync("products/2.png", Picture.Of(2));

        await world.EventuallyAsync("SELECT count(*) FROM other WHERE keyword_source = 'model'", "2");
        await world.EventuallyAsync("SELECT count(*) FROM late WHERE keyword_source = 'model'", "1");
        (await world.RowsAsync("SELECT state FROM thanosql.pipeline WHERE name = 'products'")).ShouldBe(["waiting"]);
        await held.RollbackAsync(Cancellation);
        await world.EventuallyAsync("SELECT image_path FROM products WHERE keyword_source = 'model' ORDER BY 1", "other/1.png", "products/2.png");
    }

    [Fact]
    public async Task A_label_for_a_picture_of_a_held_table_says_who_holds_it()
    {
        await using var world = await StartAsync();
        await world.PutAsync("products/1.png", Picture.Of(1));
        await world.EventuallyAsync("SELECT count(*) FROM products WHERE keyword_source = 'model'", "1");
        await using var held = await HoldAsync(world, "shop", "LOCK TABLE products IN ACCESS EXCLUSIVE MODE");

        var outcomes = await world.Get<LabelLedger>().SetAsync(
            [new SaidLabel(IndexingWorld.Bucket, "products/1.png", "과일")], new Speaker("me", "token me", Settles: false), Cancellation);

        var trouble = outcomes.Single().Refusal.ShouldBeOfType<TableTroubleException>();
        trouble.Message.ShouldContain($"held by pid {held.Connection!.ProcessID} (shop), idle in transaction");
    }

    private async Task<IndexingWorld> StartAsync()
    {
        var world = await IndexingWorld.CreateAsync(postgres);
        await world.SqlAsync("CREATE TABLE products (image_path text); CREATE TABLE other (image_path text)");
        await world.ModelAsync("foods");
        await world.StartAsync([Pipeline("products"), Pipeline("other")]);
        await world.EventuallyAsync("SELECT count(*) FROM thanosql.pipeline WHERE state = 'active'", "2");
        return world;
    }

    private static async Task<NpgsqlConnection> OpenAsync(IndexingWorld world, string application)
    {
        var settings = new NpgsqlConnectionStringBuilder(world.Database.ConnectionString) { ApplicationName = application, Pooling = false };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(Cancellation);
        return connection;
    }

    /// <summary>A session that has done something and waits for its user, in a transaction.</summary>
    private async Task<NpgsqlTransaction> HoldAsync(IndexingWorld world, string application, string sql)
    {
        // Of somebody else: what the service may know of its own sessions proves nothing
        var settings = new NpgsqlConnectionStringBuilder(postgres.Superuser.ConnectionString)
        {
            ApplicationName = application,
            Pooling = false,
            Database = new NpgsqlConnectionStringBuilder(world.Database.ConnectionString).Database,
        };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(Cancellation);
        var transaction = await connection.BeginTransactionAsync(Cancellation);
        await RunAsync(connection, sql);
        return transaction;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(Cancellation);
    }
}
