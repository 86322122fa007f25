using ThanoSql.Catalog;
using ThanoSql.Catalog.Labels;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Catalog;

/// <summary>A page of what people are to look at reads that page, not the catalog.</summary>
public sealed class LabelWorkPlanTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private const int Page = 60;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pages_of_all_three_orders_are_read_along_their_indexes()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        var version = await world.ModelAsync("work");
        await world.Database.Command($$"""
            INSERT INTO thanosql.pipeline (name, bucket, prefix, table_name, model_name, definition)
                VALUES ('work', 'workspace', 'work/', 'work', 'work', '{}');
            INSERT INTO thanosql.content (sha256) SELECT sha256(int4send(n)) FROM generate_series(1, 30000) n;
            INSERT INTO thanosql.image (bucket, key, content_id, state)
                SELECT 'workspace', 'work/' || content_id || '.png', content_id, 'indexed' FROM thanosql.content;
            INSERT INTO thanosql.keyword (version_id, content_id, rank, keyword, score)
                SELECT {{version.VersionId}}, content_id, rank, 'label ' || rank, random() / rank FROM thanosql.content, generate_series(1, 5) rank;
            INSERT INTO thanosql.label (pipeline_id, bucket, key, content_id, label, labelled_by, labelled_at, state)
                SELECT pipeline_id, 'workspace', 'work/' || content_id || '.png', content_id, 'label ' || content_id % 2, 'somebody',
                    now() - content_id * interval '1 second', CASE content_id % 9 WHEN 1 THEN 'to confirm' ELSE 'confirmed' END
                FROM thanosql.content, thanosql.pipeline WHERE content_id % 3 = 0 OR content_id % 9 = 1;
            ANALYZE;
            """).RunAsync(Cancellation);

        object[] common = [1, version.VersionId, Page, "workspace"];
        await ShouldReadAlongAsync(world, "score", LabelWork.Unsure, [.. common, "workspace", "work/", 0.01f, 5L, 5L]);
        await ShouldReadAlongAsync(world, "label_recent", LabelWork.Disagreed, [.. common, DateTime.UtcNow, DateTime.UtcNow, "workspace", "work/5"]);
        await ShouldReadAlongAsync(world, "label_waiting", LabelWork.Waiting, [.. common, DateTime.UtcNow, "workspace", "work/5"]);
    }

    private static async Task ShouldReadAlongAsync(CatalogWorld world, string index, string sql, object[] values)
    {
        var plan = await world.Database.Command($"EXPLAIN (COSTS OFF) {sql}", values).ListAsync<string>(Cancellation);

        plan.ShouldContain(line => line.Contains("Index Scan", StringComparison.Ordinal) && line.Contains(index, StringComparison.Ordinal));
        plan.ShouldNotContain(line => line.Contains("Seq Scan", StringComparison.Ordinal), string.Join('\n', plan));
    }
}
