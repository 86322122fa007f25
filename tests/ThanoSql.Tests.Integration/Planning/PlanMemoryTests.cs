using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Tables;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Language;
using ThanoSql.Language.Syntax;
using ThanoSql.Planning;
using ThanoSql.Query.Execution;
using ThanoSql.Query.Statements;

namespace ThanoSql.Tests.Integration.Planning;

/// <summary>A plan is used again as long as what it rests on is as it was, which the same round trip finds out.</summary>
public sealed class PlanMemoryTests(SeededCatalog catalog) : IClassFixture<SeededCatalog>
{
    private static readonly QuerySyntax Predict = ThanoSqlParser.Parse(
        "SELECT * FROM (PREDICT USING new_model AS SELECT * FROM diet) WHERE price > 20");

    private static readonly QuerySyntax Search = ThanoSqlParser.Parse("SEARCH IMAGE keyword='과일' USING new_model AS SELECT * FROM diet");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("INSERT INTO diet (image_path) VALUES ('not yet keyed.jpg')", "DELETE FROM diet WHERE price IS NULL")]
    [InlineData("ALTER TABLE diet ADD COLUMN colour text", "ALTER TABLE diet DROP COLUMN colour")]
    [
        InlineData(
            "UPDATE thanosql.model SET current_version_id = 1 WHERE name = 'new_model'",
            "UPDATE thanosql.model SET current_version_id = 2 WHERE name = 'new_model'")
    ]
    [InlineData("UPDATE thanosql.pipeline SET definition = definition || '{\"synonyms\": {}}'", "SELECT")]
    [InlineData(
        "INSERT INTO thanosql.label (pipeline_id, bucket, key, label, labelled_by) SELECT pipeline_id, bucket, 'f/1.jpg', '채소', 'a person' " +
        "FROM thanosql.pipeline", "DELETE FROM thanosql.label")]
    public async Task A_plan_holds_until_something_that_it_rests_on_changes(string change, string undo)
    {
        await catalog.ExecuteAsync("DELETE FROM diet WHERE price IS NULL");
        var tables = new PipelineTables(catalog.Owner, catalog.Sessions, new Workspace("workspace"), NullLogger<PipelineTables>.Instance);
        await new PipelineCatalog(catalog.Owner, tables).RegisterAsync([Shop], Cancellation);
        using var planner = catalog.Planner();
        await using var connection = await catalog.ConnectAsync();
        foreach (var query in new[] { Predict, Search })
        {
            planner.Recall(query).ShouldBeNull();
            var made = await planner.PlanAsync(query, connection, fills: false, _ => { }, Cancellation);
            var rows = await RowsAsync(connection, made);

            (await RowsAsync(connection, planner.Recall(query)!)).ShouldBe(rows);
        }

        await catalog.ExecuteAsync(change);
        try
        {
            foreach (var query in new[] { Predict, Search })
                (await RowsAsync(connection, planner.Recall(query)!)).ShouldBeNull();
        }
        finally
        {
            await catalog.ExecuteAsync(undo);
        }
    }

    [Fact]
    public async Task A_sub_selects_plan_holds_until_the_model_is_another_or_an_image_has_no_answer()
    {
        var query = ThanoSqlParser.Parse(
            "PREDICT USING new_model AS SELECT d.image_path FROM diet d JOIN (SELECT 30) AS l (least) ON coalesce(price, 30) >= least " +
            "ORDER BY d.image_path");
        using var planner = catalog.Planner();
        await using var connection = await catalog.ConnectAsync();
        var rows = await RowsAsync(connection, await planner.PlanAsync(query, connection, fills: false, _ => { }, Cancellation));
        rows!.Count.ShouldBe(4);
        var plan = planner.Recall(query)!;
        (await RowsAsync(connection, plan)).ShouldBe(rows);

        await catalog.ExecuteAsync("INSERT INTO diet (image_path) VALUES (NULL)");
        (await RowsAsync(connection, plan))!.Count.ShouldBe(5);
        await catalog.ExecuteAsync("DELETE FROM diet WHERE image_path IS NULL");

        await catalog.ExecuteAsync("INSERT INTO diet (image_path) VALUES ('nobody looked at.jpg')");
        (await Should.ThrowAsync<PostgresException>(() => RowsAsync(connection, plan))).SqlState.ShouldBe(ErrorCode.UnansweredState);
        await catalog.ExecuteAsync("DELETE FROM diet WHERE price IS NULL");

        await catalog.ExecuteAsync("UPDATE thanosql.model SET current_version_id = 1 WHERE name = 'new_model'");
        (await RowsAsync(connection, plan)).ShouldBeNull();
        await catalog.ExecuteAsync("UPDATE thanosql.model SET current_version_id = 2 WHERE name = 'new_model'");
    }

    [Fact]
    public async Task A_request_that_comes_again_answers_for_an_image_that_came_since()
    {
        const string Text = "PREDICT USING new_model AS SELECT * FROM arrivals";
        await catalog.ExecuteAsync("CREATE TABLE public.arrivals (image_path text)");
        await using var users = new UserDatabase(catalog.Owner, Options.Create(new UserDatabaseOptions()), NullLoggerFactory.Instance);
        using var planner = catalog.Planner((_, paths, _, _) => catalog.IndexAsync(paths.Single(), "채소", 0.5));
        var limits = Options.Create(new QueryLimits());
        var handler = new RowsHandler(users, planner, new StatementTurns(limits, TimeProvider.System), limits);
        (await AskAsync()).ShouldBeEmpty();

        await catalog.ExecuteAsync("INSERT INTO public.arrivals VALUES ('came since.jpg')");
        planner.Recall(ThanoSqlParser.Parse(Text)).ShouldNotBeNull();
        (await AskAsync()).ShouldBe(["came since.jpg|채소"]);

        async Task<IEnumerable<string>> AskAsync()
        {
            var token = new ApiToken("test", TokenScope.Query, DateTimeOffset.UnixEpoch, null, null);
            using var outcome = await handler.RunAsync(new StatementRequest(Text, token, _ => { }), ThanoSqlParser.Parse(Text), Cancellation);
            return outcome.Table!.Rows.Select(row => string.Join('|', row));
        }
    }

    [Fact]
    public async Task Rows_that_were_kept_for_one_request_serve_no_other()
    {
        var query = ThanoSqlParser.Parse("PREDICT USING new_model AS SELECT image_path FROM diet ORDER BY random() LIMIT 2");
        using var planner = catalog.Planner();
        await using var connection = await catalog.ConnectAsync();

        await planner.PlanAsync(query, connection, fills: true, _ => { }, Cancellation);

        planner.Recall(query).ShouldBeNull();
    }

    private static PipelineDefinition Shop => new()
    {
        Name = "shop",
        Table = "diet",
        ImageCol = "image_path",
        Columns = new IndexColumns { Source = "who_says" },
        Model = new PipelineModel { Name = "new_model" },
    };

    // Null when a check does not hold.
    private static async Task<List<string>?> RowsAsync(NpgsqlConnection connection, PlannedQuery plan)
    {
        if (!await plan.HoldsAsync(connection, Cancellation))
            return null;
        await using var command = new NpgsqlCommand(plan.Sql.Sql, connection);
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        var rows = new List<string>();
        while (await reader.ReadAsync(Cancellation))
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.GetValue(i))));
        return rows;
    }
}
