using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Keywords;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Catalog;

/// <summary><c>thanosql.search</c>, <c>predict</c> and <c>similar</c>, as users' roles call them.</summary>
public sealed class SqlFunctionTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Search_gives_the_surest_first_and_what_people_say_before_it()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        var version = await world.ModelAsync("foods");
        await world.IndexedAsync("products/a.jpg", version, "과일", 0.7f);
        await world.IndexedAsync("products/b.jpg", version, "과일", 0.9f);
        await world.IndexedAsync("products/c.jpg", version, "채소", 0.9f);
        var corrected = await world.IndexedAsync("products/d.jpg", version, "과일", 0.8f);
        var fruit = await world.IndexedAsync("products/e.jpg", version, "채소", 0.8f);
        await world.Registry.RegisterAsync([CatalogWorld.Pipeline("products", "products", "foods")], Cancellation);
        await LabelAsync(world, corrected, "채소");
        await LabelAsync(world, fruit, "과일");

        (await RowsAsync(world, "SELECT * FROM thanosql.search('foods', '과일')")).ShouldBe(
            ["products/e.jpg|1|person", "products/b.jpg|0.9|model", "products/a.jpg|0.7|model"]);
        (await RowsAsync(world, "SELECT path FROM thanosql.search('foods', '과일', 2)")).ShouldBe(["products/e.jpg", "products/b.jpg"]);
        (await RowsAsync(world, "SELECT path FROM thanosql.search('foods', '없음')")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Predict_gives_the_label_of_a_known_image_however_its_path_is_written()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        var version = await world.ModelAsync("drinks");
        await world.IndexedAsync("drinks/a.jpg", version, "채소", 0.2f);

        (await RowsAsync(world, """
            SELECT thanosql.predict('drinks', p) FROM unnest('{drinks/a.jpg,./drinks/a.jpg,/home/jovyan/drinks/a.jpg,s3://workspace/drinks/a.jpg,
            drinks/none.jpg,s3://other/drinks/a.jpg,NULL}'::text[]) AS p
            """)).ShouldBe(["채소", "채소", "채소", "채소", "", "", ""]);

        await WorkspaceName.TellAsync(world.Database, new Workspace("other"), Cancellation);
        (await RowsAsync(world, "SELECT thanosql.predict('drinks', 'drinks/a.jpg')")).ShouldBe([""]);
        (await RowsAsync(world, "SELECT path FROM thanosql.search('drinks', '채소')")).ShouldBe(["s3://workspace/drinks/a.jpg"]);
        await WorkspaceName.TellAsync(world.Database, Workspace.Default, Cancellation);
        await WorkspaceName.TellAsync(world.Database, Workspace.Default, Cancellation);
        (await RowsAsync(world, "SELECT path FROM thanosql.search('drinks', '채소')")).ShouldBe(["drinks/a.jpg"]);
    }

    [Theory]
    [InlineData("SELECT * FROM thanosql.search('nothing', 'x')", "42704", "There is no model 'nothing' in service.")]
    [InlineData("SELECT thanosql.predict('nothing', 'x')", "42704", "There is no model 'nothing' in service.")]
    [InlineData("SELECT * FROM thanosql.search('foods', 'x', -1)", "2201W", "LIMIT must not be negative")]
    [InlineData("SELECT * FROM thanosql.similar('x', 5)", "0A000", "Similar pictures are not found inside PostgreSQL here, which has no pgvector.")]
    public async Task What_cannot_be_is_told(string sql, string state, string message)
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        await world.ModelAsync("foods");

        var error = await Should.ThrowAsync<PostgresException>(() => RowsAsync(world, sql));

        error.SqlState.ShouldBe(state);
        error.MessageText.ShouldBe(message);
    }

    [Fact]
    public async Task A_search_reads_the_index_in_order_and_stops()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        var version = await world.ModelAsync("many");
        await world.SqlAsync($"""
            WITH c AS (INSERT INTO thanosql.content (sha256) SELECT sha256(i::text::bytea) FROM generate_series(1, 20000) i RETURNING content_id),
                 i AS (INSERT INTO thanosql.image (bucket, key, state, etag, size, content_id)
                       SELECT 'workspace', 'many/' || content_id, 'indexed', 'e', 1, content_id FROM c)
            INSERT INTO thanosql.keyword (version_id, content_id, rank, keyword, score)
            SELECT {version.VersionId}, content_id, 1, 'k' || content_id % 10, random() FROM c
            """);
        await world.SqlAsync("ANALYZE thanosql.keyword; ANALYZE thanosql.image");

        const string explain = "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) SELECT * FROM thanosql.search('many', 'k3', 5)";
        var plan = string.Join('\n', await RowsAsync(world, explain));

        plan.ShouldContain($"keyword_{version.VersionId}_keyword_score_content_id_idx");
        plan.ShouldNotContain("Seq Scan on image");
        plan.ShouldNotContain($"Seq Scan on keyword_{version.VersionId}");
    }

    // As users' SQL of scope query
    private async Task<List<string>> RowsAsync(CatalogWorld world, string sql)
    {
        await using var users = new ThanoSql.Catalog.Roles.UserDatabase(
            postgres.DataSource, Microsoft.Extensions.Options.Options.Create(new ThanoSql.Catalog.Roles.UserDatabaseOptions()),
            Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);
        await users.RefreshAsync(Cancellation);
        var pool = await users.PoolAsync(TokenScope.Query, Cancellation);
        return await pool.Command(sql).ListAsync(
            r => string.Join(
                '|', Enumerable.Range(0, r.FieldCount).Select(i => r.IsDBNull(i) ? "" : FormattableString.Invariant($"{r.GetValue(i)}"))),
            Cancellation);
    }

    private static Task LabelAsync(CatalogWorld world, long image, string label) => world.SqlAsync($"""
        INSERT INTO thanosql.label (pipeline_id, bucket, key, label, labelled_by, state)
        SELECT p.pipeline_id, i.bucket, i.key, '{label}', 'test', 'confirmed' FROM thanosql.pipeline p, thanosql.image i WHERE i.image_id = {image}
        """);
}
