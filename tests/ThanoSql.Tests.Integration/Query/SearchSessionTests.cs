using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Query.Search;

namespace ThanoSql.Tests.Integration.Query;

/// <summary>
/// Sessions that nothing resets: they are the reading role's, and whatever somebody makes of a searched table, no code of theirs runs in them.
/// </summary>
public sealed class SearchSessionTests(QueryHost host) : IClassFixture<QueryHost>
{
    private const string Columns = "image_path text, price integer, keyword text, keyword_score real, keyword_version integer, keyword_source text";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private UserDatabase Users => host.Services.GetRequiredService<UserDatabase>();

    [Fact]
    public async Task A_session_begins_with_the_rights_and_settings_of_the_reading_role_and_keeps_them()
    {
        await using var connection = await OpenAsync();
        for (var round = 0; round < 2; round++)
        {
            await using var command = new NpgsqlCommand(
                """
                SELECT concat_ws(' ', current_user = current_database() || '_query', session_user = current_user,
                    current_setting('default_transaction_read_only'), current_setting('row_security'), current_setting('search_path'),
                    current_setting('TimeZone'), current_setting('work_mem'))
                """,
                connection);
            (await command.ExecuteScalarAsync(Cancel)).ShouldBe("t t on off public UTC 16MB");
            await connection.CloseAsync();
            await connection.OpenAsync(Cancel);
        }
    }

    [Fact]
    public async Task A_view_in_the_place_of_a_table_is_not_run()
    {
        await host.OwnerAsync($"""
            CREATE TABLE public.behind ({Columns});
            INSERT INTO public.behind VALUES ('a.jpg', 1, '과일', 0.5, 1, 'model');
            CREATE VIEW public.shown AS SELECT b.*, b.ctid, set_config('work_mem', '9MB', false) FROM public.behind b;
            GRANT SELECT ON public.behind, public.shown TO PUBLIC
            """);
        foreach (var (table, rows, setting) in new[] { ("behind", 1, "16MB"), ("shown", 0, "16MB") })
        {
            await using var connection = await OpenAsync();
            (await CountAsync(connection, table)).ShouldBe(rows, table);
            await using var show = new NpgsqlCommand("SHOW work_mem", connection);
            (await show.ExecuteScalarAsync(Cancel)).ShouldBe(setting, table);
        }
    }

    [Fact]
    public async Task Policies_run_in_sessions_that_are_reset_and_in_no_other()
    {
        await host.ServeModelAsync("groups");
        await host.OwnerAsync($"CREATE TABLE public.guarded ({Columns})");
        await host.Services.GetRequiredService<PipelineCatalog>().RegisterAsync(
            [PipelineFile.Parse("{ name: guarded, prefix: guarded/, table: guarded, model: { name: groups } }", "g.yaml", "workspace")], Cancel);
        await host.OwnerAsync("ALTER TABLE public.guarded DISABLE TRIGGER USER");
        await host.OwnerAsync("INSERT INTO public.guarded SELECT n || '.jpg', n, '과일', 0.5, 1, 'model' FROM generate_series(1, 10) n");
        await using (var policy = host.Superuser.CreateCommand(
            "CREATE POLICY few ON public.guarded USING (price < 4 AND set_config('work_mem', '9MB', false) <> '');"
            + "ALTER TABLE public.guarded ENABLE ROW LEVEL SECURITY"))
        {
            await policy.ExecuteNonQueryAsync(Cancel);
        }
        await Users.RefreshAsync(Cancel);

        using var client = host.Client(TokenScope.Search);
        for (var i = 0; i < 3; i++)
        {
            var body = await client.GetStringAsync(new Uri("/api/v1/search?table=guarded&keyword=과일", UriKind.Relative), Cancel);
            body.Split("\"path\"").Length.ShouldBe(1 + 3);
        }
        await using var connection = await OpenAsync();
        var refused = await Should.ThrowAsync<PostgresException>(CountAsync(connection, "guarded"));
        refused.SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
    }

    private async Task<NpgsqlConnection> OpenAsync() => await (await Users.PreparedSearchPoolAsync(Cancel)).OpenConnectionAsync(Cancel);

    // As a search does whose table was an ordinary one a moment ago
    private static async Task<int> CountAsync(NpgsqlConnection connection, string table)
    {
        var definition = PipelineFile.Parse($"{{ name: p, table: {table}, model: {{ name: groups }} }}", "p.yaml", "workspace");
        var target = new SearchTarget(definition, new Dictionary<string, SearchColumn> { ["keyword_score"] = new("real") }, ["과일"]);
        var request = new SearchRequest(table, ["과일"], 0, [], null, false, 20, 240, null);
        await using var command = SearchSql.Command(connection, target, request, ["과일"], null);
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var rows = 0;
        while (await reader.ReadAsync(Cancel))
            rows++;
        return rows;
    }
}
