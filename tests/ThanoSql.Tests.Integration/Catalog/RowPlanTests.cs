using ThanoSql.Catalog;
using ThanoSql.Catalog.Tables;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Catalog;

/// <summary>Statements over a batch of rows or images read that batch, not the tables.</summary>
public sealed class RowPlanTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_workers_batch_finds_its_rows_by_the_index_of_a_table_of_any_size()
    {
        var scene = await SwitchScene.CreateAsync(postgres, "plans", 30_000, Cancellation);
        await scene.ExecuteAsync("ANALYZE", Cancellation);
        await using var session = await postgres.Sessions.OpenAsync(Cancellation);

        var plan = await session.Call(
            "EXPLAIN (COSTS OFF) " + RowStatements.Update(scene.Tables[0], scene.Tables[0].Columns), scene.Tables[0].PipelineIds,
            scene.First.VersionId, "workspace", new long[] { 1, 2, 3 }).ListAsync<string>(Cancellation);

        plan.ShouldContain(line => line.Contains("Index Scan using plans_products_path", StringComparison.Ordinal));
        plan.ShouldNotContain(line => line.Contains("Seq Scan", StringComparison.Ordinal));
    }
}
