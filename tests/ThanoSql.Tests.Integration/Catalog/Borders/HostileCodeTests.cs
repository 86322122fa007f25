using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Tables;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Catalog.Borders;

/// <summary>
/// Whatever hangs on a pipeline's table runs with users' rights: on a server that lets users make functions, a spy is planted in each place where
/// PostgreSQL calls code, and tells whom it ran as and how far it got.
/// </summary>
public sealed class HostileCodeTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private const string Table = "wares";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Places => new()
    {
        { "check", "ALTER TABLE wares ADD CHECK (spy('check'))" },
        { "default", "ALTER TABLE wares ADD seen boolean DEFAULT spy('default')" },
        { "generated column", "ALTER TABLE wares ADD seen boolean GENERATED ALWAYS AS (quiet_spy('generated column')) STORED" },
        { "index expression", "CREATE INDEX ON wares (quiet_spy('index expression'), keyword)" },
        { "index predicate", "CREATE INDEX ON wares (keyword_score) WHERE quiet_spy('index predicate')" },
        { "trigger", "CREATE TRIGGER aaa BEFORE INSERT OR UPDATE ON wares FOR EACH ROW EXECUTE FUNCTION spying()" },
        {
            "deferred trigger",
            "CREATE CONSTRAINT TRIGGER zzz AFTER INSERT OR UPDATE ON wares DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION spying()"
        },
        { "rule", "CREATE RULE r AS ON INSERT TO wares DO ALSO SELECT spy('rule')" },
        {
            "domain of an index column",
            "CREATE DOMAIN spied AS text CHECK (spy('domain of an index column')); ALTER TABLE wares ALTER keyword TYPE spied"
        },
        { "policy", "ALTER TABLE wares ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON wares USING (spy('policy'))" },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Code_that_hangs_on_a_table_meets_users_rights_only(string place, string plant)
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        var sessions = postgres.Sessions;
        var model = $"model of {place}";
        var first = await world.ModelAsync(model);
        await world.SqlAsync("DROP TABLE IF EXISTS wares CASCADE; DROP DOMAIN IF EXISTS spied; CREATE TABLE wares (image_path text, price integer)");
        var pipeline = CatalogWorld.Pipeline("wares", Table, model) with { Rows = RowOrigin.Create };
        await world.Registry.RegisterAsync([pipeline], Cancellation);
        await world.SqlAsync("INSERT INTO wares VALUES ('wares/known.jpg', 1)");
        await InstallSpyAsync();
        await AsUsersAsync(plant);
        await SuperuserAsync("TRUNCATE public.seen");

        // A worker's write, a shop's, a label, a look at the pipelines, a replaced trigger, and a promotion; some places refuse some of them, which
        // is their right.
        var image = await world.IndexedAsync("wares/1.jpg", first, "과일", 0.9f);
        await world.IndexedAsync("wares/known.jpg", first, "과일", 0.9f);
        await IgnoringRefusalsAsync(() => WriteAsync(world, image));
        await IgnoringRefusalsAsync(() => AsUsersAsync("INSERT INTO wares VALUES ('wares/2.jpg', 2)"));
        await AsUsersAsync("DROP TRIGGER IF EXISTS thanosql_key_row_1_update ON wares");
        await IgnoringRefusalsAsync(() => world.Registry.RefreshAsync(Cancellation));
        await IgnoringRefusalsAsync(() => PromoteAsync(world, model));

        (await SeenAsync($"SELECT count(*) > 0 FROM seen WHERE place = '{place}'")).ShouldBe("True", "the spy was never called");
        (await SeenAsync("""
            SELECT string_agg(DISTINCT ran_as, ',') FROM seen WHERE ran_as NOT IN (current_database() || '_tables', current_database() || '_write')
            """)).ShouldBe("");
        (await SeenAsync("SELECT string_agg(DISTINCT got, ',') FROM seen WHERE got <> ''")).ShouldBe("");
    }

    private async Task WriteAsync(CatalogWorld world, long image)
    {
        var tables = await ServingAsync(world);
        await using var session = await postgres.Sessions.OpenAsync(Cancellation);
        await using var transaction = await session.Connection.BeginTransactionAsync(Cancellation);
        await RowWriter.WriteAsync(session, tables.Single(t => t.Name == Table), [image], Cancellation);
        await transaction.CommitAsync(Cancellation);
    }

    private async Task PromoteAsync(CatalogWorld world, string model)
    {
        var second = await world.VersionAsync(model);
        var tables = await ServingTables.OfModelAsync(world.Database, model, "workspace", Cancellation);
        var promotion = new ModelPromotion(postgres.Sessions, Microsoft.Extensions.Logging.Abstractions.NullLogger<ModelPromotion>.Instance);
        await promotion.BeginAsync(second, tables, Cancellation);
        await promotion.FillTablesAsync(second, tables, (_, _) => Task.CompletedTask, Cancellation);
        await promotion.PromoteAsync(second, tables, new PromotionEffect(VersionState.Retired), Cancellation);
    }

    private static async Task<IReadOnlyList<PipelineTable>> ServingAsync(CatalogWorld world)
    {
        await using var connection = await world.Database.OpenConnectionAsync(Cancellation);
        return await ServingTables.LoadAsync(connection, "workspace", hold: false, Cancellation);
    }

    private static async Task IgnoringRefusalsAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception refused) when (refused is PostgresException or CatalogException)
        {
            // The place decides what of it can be done; whom its code ran as is what counts.
        }
    }

    /// <summary>It writes down whom it runs as and which of the catalog's secrets and functions it reached.</summary>
    private async Task InstallSpyAsync()
    {
        await SuperuserAsync("""
            DROP TABLE IF EXISTS public.seen;
            CREATE TABLE public.seen (place text, ran_as text, got text);
            GRANT ALL ON public.seen TO PUBLIC;
            CREATE OR REPLACE FUNCTION public.spy(place text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
            DECLARE
                loot text := '';
                attempt text;
            BEGIN
                FOREACH attempt IN ARRAY ARRAY[
                    'SELECT count(*) FROM thanosql.token', 'SELECT value FROM thanosql.setting LIMIT 1', 'SELECT count(*) FROM thanosql.session_pass',
                    'SELECT thanosql.hold_serving(NULL)', 'SELECT thanosql.mark_pipelines(gen_random_uuid(), ''{1}'', ''waiting'', ''mine'')',
                    'SELECT thanosql.note_made(gen_random_uuid(), 1, ''{1}'')',
                    'SELECT thanosql.promote_version(NULL, 1, 1, ''x'', NULL, NULL, NULL)',
                    'SELECT thanosql.set_label(gen_random_uuid(), 1, 1, ''mine'', ''me'')',
                    'SELECT thanosql_logins.admit(''write'', ''mine'', ''x'', 1)',
                    'CREATE ROLE mine', 'SELECT pg_read_file(''/etc/passwd'')', 'COPY (SELECT 1) TO PROGRAM ''true'''] LOOP
                    BEGIN
                        EXECUTE attempt;
                        loot := loot || attempt || '; ';
                    EXCEPTION WHEN OTHERS THEN
                        IF SQLSTATE NOT IN ('42501', '0A000', '25006', '3F000') THEN
                            loot := loot || attempt || ' (' || SQLSTATE || '); ';
                        END IF;
                    END;
                END LOOP;
                INSERT INTO public.seen VALUES (place, current_user, loot);
                RETURN true;
            END $$;
            CREATE OR REPLACE FUNCTION public.quiet_spy(place text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
            BEGIN
                RETURN public.spy(place);
            END $$;
            CREATE OR REPLACE FUNCTION public.spying() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM public.spy(CASE WHEN TG_WHEN = 'AFTER' THEN 'deferred trigger' ELSE 'trigger' END);
                RETURN NEW;
            END $$;
            GRANT EXECUTE ON FUNCTION public.spy(text), public.quiet_spy(text), public.spying() TO PUBLIC;
            """);
    }

    private async Task AsUsersAsync(string sql)
    {
        await using var connection = await postgres.Superuser.OpenConnectionAsync(Cancellation);
        await using var command = new NpgsqlCommand(
            $"SET ROLE {new NpgsqlConnectionStringBuilder(postgres.ConnectionString).Database}_write; SET search_path = public; {sql}", connection);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    private async Task SuperuserAsync(string sql)
    {
        await using var command = postgres.Superuser.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    private async Task<string> SeenAsync(string sql)
    {
        await using var connection = await postgres.Superuser.OpenConnectionAsync(Cancellation);
        await using var command = new NpgsqlCommand("SET search_path = public; " + sql, connection);
        return (await command.ExecuteScalarAsync(Cancellation))?.ToString() ?? "";
    }
}
