using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Worker;

/// <summary>One table's trouble stays its own.</summary>
public sealed class SlowTableTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private static string Pipeline(string name) => $"{{ name: {name}, prefix: {name}/, table: {name}, rows: create, model: {{ name: foods }} }}";

    [Theory]
    [InlineData("ALTER TABLE spoilt RENAME COLUMN image_path TO path")]
    [InlineData("DROP TABLE spoilt")]
    public async Task A_table_that_its_users_spoil_stops_no_images_of_others(string spoil)
    {
        await using var world = await IndexingWorld.CreateAsync(postgres);
        await world.SqlAsync("CREATE TABLE spoilt (image_path text); CREATE TABLE whole (image_path text)");
        await world.ModelAsync("foods");
        // Before anybody looks at it again
        await world.StartAsync([Pipeline("spoilt"), Pipeline("whole")], settings: ("Indexing:Refresh", "00:10:00"));
        await world.EventuallyAsync("SELECT count(*) FROM thanosql.pipeline WHERE state = 'active'", "2");
        await world.SqlAsync(spoil);

        await world.PutAsync("whole/1.png", Picture.Of(1));

        await world.EventuallyAsync("SELECT image_path, keyword_source FROM whole", "whole/1.png|model");
    }

    [Fact]
    public async Task A_trigger_that_takes_too_long_holds_up_the_images_of_its_table_alone_and_they_come_when_it_is_gone()
    {
        await using var world = await IndexingWorld.CreateAsync(postgres);
        await world.SqlAsync("""
            CREATE TABLE slow (image_path text);
            CREATE TABLE quick (image_path text);
            CREATE FUNCTION public.sleeping() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_catalog.pg_sleep(600); RETURN NEW; END';
            GRANT EXECUTE ON FUNCTION public.sleeping() TO PUBLIC;
            """);
        await using (var allow = postgres.Superuser.CreateCommand("GRANT EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision) TO PUBLIC"))
            await allow.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await world.ModelAsync("foods");
        await world.StartAsync([Pipeline("slow"), Pipeline("quick")], settings: ("Database:Tables:Seconds", "2"));
        await world.EventuallyAsync("SELECT count(*) FROM thanosql.pipeline WHERE state = 'active'", "2");
        await world.SqlAsync("CREATE TRIGGER sleeping BEFORE INSERT ON slow FOR EACH ROW EXECUTE FUNCTION public.sleeping()");

        for (var i = 0; i < 5; i++)
        {
            await world.PutAsync($"slow/{i}.png", Picture.Of(i));
            await world.PutAsync($"quick/{i}.png", Picture.Of(i));
        }

        await world.EventuallyAsync("SELECT count(*) FROM quick WHERE keyword_source = 'model'", "5");
        await world.EventuallyAsync(
            "SELECT DISTINCT failure_kind FROM thanosql.image WHERE key LIKE 'slow/%' AND failure LIKE '%Database:Tables:Seconds%'", "transient");
        await world.SqlAsync("DROP TRIGGER sleeping ON slow");
        await world.EventuallyAsync("SELECT count(*) FROM slow WHERE keyword_source = 'model'", "5");
    }
}
