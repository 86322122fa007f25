using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Images;
using ThanoSql.Catalog.Keywords;
using ThanoSql.Catalog.Models;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Catalog;

public sealed class KeywordLoadTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rows_come_as_they_were_written_and_the_partition_is_like_any_other()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        var version = await UnkeyedAsync(world, "written");

        await LoadAsync(world, version, [new(1, 1, "사과파이", 0.75f), new(1, 2, "", 0.25f), new(long.MaxValue, 1, new string('가', 300), 1)]);

        (await world.RowsAsync($"SELECT content_id, rank, length(keyword), score FROM {KeywordPartition.Table(version)} ORDER BY content_id, rank"))
            .ShouldBe(["1|1|4|0.75", "1|2|0|0.25", $"{long.MaxValue}|1|300|1"]);
        (await world.ScalarAsync<string>($"SELECT keyword FROM thanosql.keyword WHERE version_id = {version} AND content_id = 1 AND rank = 1"))
            .ShouldBe("사과파이");
        (await world.RowsAsync(
            $"""
             SELECT i.inhparent::regclass::text, x.indisvalid FROM pg_index x JOIN pg_inherits i ON i.inhrelid = x.indexrelid
             WHERE x.indrelid = '{KeywordPartition.Table(version)}'::regclass ORDER BY 1
             """)).ShouldBe(["thanosql.keyword_pkey|True", "thanosql.keyword_search|True", "thanosql.keyword_unsure|True"], ignoreOrder: true);
        (await world.ScalarAsync<long>($"SELECT count(*) FROM pg_index WHERE indrelid = '{KeywordPartition.Table(version)}'::regclass")).ShouldBe(3);
        (await world.RowsAsync($"SELECT conname FROM pg_constraint WHERE conrelid = '{KeywordPartition.Table(version)}'::regclass AND contype = 'c'"))
            .ShouldBe(["keyword_rank_check", "keyword_score_check"], ignoreOrder: true);
    }

    [Fact]
    public async Task One_that_is_broken_off_leaves_nothing_and_begins_again()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        var version = await UnkeyedAsync(world, "broken");
        await using (var load = await KeywordLoad.BeginAsync(world.Database, version, Cancellation))
            await load.WriteAsync(KeywordRows.Of(version, [new(1, 1, "과일", 0.5f)]), Cancellation);
        (await KeywordPartition.ExistsAsync(world.Database, version, Cancellation)).ShouldBeFalse();

        await Should.ThrowAsync<PostgresException>(() => LoadAsync(world, version, [new(1, 1, "과일", 0.5f), new(1, 1, "채소", 0.5f)]));
        (await KeywordPartition.ExistsAsync(world.Database, version, Cancellation)).ShouldBeFalse();

        await LoadAsync(world, version, [new(1, 1, "과일", 0.5f)]);
        (await world.ScalarAsync<long>($"SELECT count(*) FROM thanosql.keyword WHERE version_id = {version}")).ShouldBe(1);
    }

    [Fact]
    public async Task A_content_that_is_forgotten_meanwhile_leaves_no_keywords()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        var first = await world.ModelAsync("forgotten_model");
        await world.IndexedAsync("forgotten/1.jpg", first, "과일", 0.8f);
        await world.IndexedAsync("forgotten/2.jpg", first, "채소", 0.8f);
        var contents = await KeyedContents.AllAsync(world.Database, first.ModelId, Cancellation);
        contents.Count.ShouldBe(2);
        var version = await UnkeyedAsync(world, "forgotten");
        await using (var load = await KeywordLoad.BeginAsync(world.Database, version, Cancellation))
        {
            await load.WriteAsync(KeywordRows.Of(version, contents.Select(c => new KeywordRow(c, 1, "과일", 0.5f))), Cancellation);
            var removal = new ImageRemoval(
                world.Database, postgres.Sessions, new Workspace("workspace"), NullLogger<ImageRemoval>.Instance);
            (await removal.RemoveAsync("workspace", "forgotten/1.jpg", "tests", wasStored: true, Cancellation)).ShouldBeTrue();
            await load.CompleteAsync(contents, Cancellation);
        }

        (await world.RowsAsync($"SELECT content_id FROM thanosql.keyword WHERE version_id = {version}")).ShouldBe([$"{contents[1]}"]);
    }

    private static async Task LoadAsync(CatalogWorld world, long version, IEnumerable<KeywordRow> rows)
    {
        await using var load = await KeywordLoad.BeginAsync(world.Database, version, Cancellation);
        await load.WriteAsync(KeywordRows.Of(version, rows), Cancellation);
        await load.CompleteAsync([], Cancellation);
    }

    /// <summary>A version without a partition.</summary>
    private static async Task<long> UnkeyedAsync(CatalogWorld world, string name)
    {
        if (await world.ScalarAsync<long>($"SELECT count(*) FROM thanosql.model WHERE name = '{name}_model'") == 0)
            await world.ModelAsync($"{name}_model");
        await using var connection = await world.Database.OpenConnectionAsync(Cancellation);
        var (model, trunk) = (await connection.Command(
            "SELECT m.model_id, v.trunk_id FROM thanosql.model m JOIN thanosql.model_version v USING (model_id) WHERE m.name = $1 LIMIT 1",
            $"{name}_model").ListAsync<(int, int)>(Cancellation)).Single();
        return (await VersionCatalog.AddAsync(
            connection, model, new NewVersion(trunk, CatalogWorld.Labels, new byte[40], "{}", "SELECT 1", "{}", ""), Cancellation)).VersionId;
    }
}
