using Npgsql;
using ThanoSql.Catalog.Models;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Catalog;

public sealed class ModelSwitchTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Readers_see_one_version_or_the_other_and_a_shop_goes_on_writing()
    {
        const int Rows = 4000;
        var scene = await SwitchScene.CreateAsync(postgres, "busy", Rows, Cancellation);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var (reading, writing) = (new TaskCompletionSource(), new TaskCompletionSource());
        var reader = Task.Run(() => ReadAsync(scene, Rows, reading, over.Token), Cancellation);
        var writer = Task.Run(() => WriteAsync(scene, Rows, writing, over.Token), Cancellation);
        await await Task.WhenAny(reader, reading.Task);
        await await Task.WhenAny(writer, writing.Task);

        await scene.SwitchToSecondAsync(Cancellation);

        await over.CancelAsync();
        await reader;
        var written = await writer;
        (await scene.ScalarAsync<long>($"SELECT count(*) FROM {scene.Table} WHERE keyword = '배' AND keyword_version = 2", Cancellation))
            .ShouldBe(Rows);
        (
            await scene.ScalarAsync<long>(
                $"SELECT sum(price - n) FROM {scene.Table}, split_part(split_part(image_path, '/', 2), '.', 1) s, CAST(s AS integer) n",
                Cancellation))
            .ShouldBe(written);
    }

    [Fact]
    public async Task What_a_person_said_survives_the_switch()
    {
        var scene = await SwitchScene.CreateAsync(postgres, "people", 20, Cancellation);
        await scene.ExecuteAsync($"""
            INSERT INTO thanosql.label (pipeline_id, bucket, key, content_id, label, labelled_by)
            SELECT p.pipeline_id, i.bucket, i.key, i.content_id, '귤', 'a person' FROM thanosql.image i, thanosql.pipeline p
            WHERE i.key = 'people/7.jpg' AND p.name = 'people'
            """, Cancellation);

        await scene.SwitchToSecondAsync(Cancellation);

        (await scene.ScalarAsync<string>($"SELECT keyword || ' ' || keyword_source FROM {scene.Table} WHERE price = 7", Cancellation))
            .ShouldBe("귤 person");
        (await scene.ScalarAsync<long>($"SELECT count(*) FROM {scene.Table} WHERE keyword_source = 'model'", Cancellation)).ShouldBe(19);
    }

    [Fact]
    public async Task A_row_that_a_shop_holds_is_keyed_when_it_lets_go()
    {
        var scene = await SwitchScene.CreateAsync(postgres, "held", 30, Cancellation);
        await scene.Switch.BeginAsync(scene.Second, scene.Tables, Cancellation);
        await using var shop = await postgres.DataSource.OpenConnectionAsync(Cancellation);
        await using var transaction = await shop.BeginTransactionAsync(Cancellation);
        await using (var update = new NpgsqlCommand($"UPDATE {scene.Table} SET price = 0 WHERE price = 5", shop))
            await update.ExecuteNonQueryAsync(Cancellation);

        var switching = scene.SwitchToSecondAsync(Cancellation);
        await WaitUntilAsync(async () => await scene.ScalarAsync<long>($"SELECT count(keyword_next) FROM {scene.Table}", Cancellation) == 29);
        switching.IsCompleted.ShouldBeFalse();
        await transaction.CommitAsync(Cancellation);
        await switching;

        (await scene.ScalarAsync<long>($"SELECT count(*) FROM {scene.Table} WHERE keyword_version = 2", Cancellation)).ShouldBe(30);
        (await scene.ScalarAsync<long>($"SELECT count(*) FROM {scene.Table} WHERE price = 0 AND keyword = '배'", Cancellation)).ShouldBe(1);
    }

    [Fact]
    public async Task A_switch_given_up_leaves_no_index_behind()
    {
        var scene = await SwitchScene.CreateAsync(postgres, "given_up", 20, Cancellation);
        var indexes = await scene.IndexesAsync(Cancellation);
        await scene.Switch.BeginAsync(scene.Second, scene.Tables, Cancellation);
        await scene.Switch.FillTablesAsync(scene.Second, scene.Tables, (_, _) => Task.CompletedTask, Cancellation);

        await scene.Switch.AbandonAsync(scene.Second.ModelId, scene.Tables, Cancellation);

        (await scene.IndexesAsync(Cancellation)).ShouldBe(indexes);
        (await scene.ScalarAsync<long>($"SELECT count(*) FROM {scene.Table} WHERE keyword_version = 1", Cancellation)).ShouldBe(20);
        await Should.ThrowAsync<PromotionInterruptedException>(
            () => scene.Switch.PromoteAsync(scene.Second, scene.Tables, new PromotionEffect(VersionState.Retired), Cancellation));
    }

    [Fact]
    public async Task Switching_back_and_forth_keeps_the_table_small()
    {
        var scene = await SwitchScene.CreateAsync(postgres, "forth", 10, Cancellation);

        foreach (var version in new[] { scene.Second, scene.First, scene.Second })
            await scene.SwitchAsync(version, Cancellation);

        (await scene.ScalarAsync<long>($"SELECT count(*) FROM {scene.Table} WHERE keyword = '배'", Cancellation)).ShouldBe(10);
        (
            await scene.ScalarAsync<string>(
                $"SELECT string_agg(state, ',' ORDER BY number) FROM thanosql.model_version WHERE model_id = {scene.First.ModelId}", Cancellation))
            .ShouldBe("retired,current");
    }

    [Fact]
    public async Task Only_the_first_switch_of_a_table_takes_column_numbers_of_which_postgresql_has_1600()
    {
        var scene = await SwitchScene.CreateAsync(postgres, "numbers", 5, Cancellation);
        await scene.SwitchToSecondAsync(Cancellation);
        var numbers = await NumbersAsync();

        foreach (var version in new[] { scene.First, scene.Second, scene.First })
            await scene.SwitchAsync(version, Cancellation);
        await scene.Switch.BeginAsync(scene.Second, scene.Tables, Cancellation);
        await scene.Switch.AbandonAsync(scene.Second.ModelId, scene.Tables, Cancellation);

        (await NumbersAsync()).ShouldBe(numbers);

        Task<int> NumbersAsync() =>
            scene.ScalarAsync<int>($"SELECT max(attnum)::integer FROM pg_attribute WHERE attrelid = '{scene.Table}'::regclass", Cancellation);
    }

    [Fact]
    public async Task What_the_version_before_the_last_said_does_not_come_back()
    {
        var scene = await SwitchScene.CreateAsync(postgres, "stale", 20, Cancellation);
        await scene.SwitchToSecondAsync(Cancellation);
        // One picture that version 1 has no answer for any more, one that is gone, several rows of one picture, a row without one, a path that is
        // none
        await scene.ExecuteAsync(
            $"""
             DELETE FROM thanosql.keyword WHERE version_id = {scene.First.VersionId}
                 AND content_id = (SELECT content_id FROM thanosql.image WHERE key = 'stale/3.jpg');
             UPDATE thanosql.image SET state = 'gone' WHERE key = 'stale/4.jpg';
             UPDATE {scene.Table} SET image_path = 'stale/5.jpg' WHERE price BETWEEN 6 AND 9;
             UPDATE {scene.Table} SET image_path = NULL WHERE price = 10;
             UPDATE {scene.Table} SET image_path = './', keyword = NULL, keyword_source = 'failed' WHERE price = 11
             """, Cancellation);

        await scene.SwitchAsync(scene.First, Cancellation);

        (await scene.ScalarAsync<string>(
            $"""
             SELECT string_agg(n || ' ' || said, ',' ORDER BY said) FROM (
                 SELECT count(*) AS n, concat_ws(' ', keyword, keyword_version, keyword_source) AS said FROM {scene.Table}
                     WHERE image_path IS NOT NULL GROUP BY 2) s
             """, Cancellation)).ShouldBe("1 ,2 failed,16 사과 1 model");
    }

    [Fact]
    public async Task A_switch_to_another_version_begins_anew_where_one_was_given_up_half_way()
    {
        var scene = await SwitchScene.CreateAsync(postgres, "changed", 20, Cancellation);
        await scene.Switch.BeginAsync(scene.Second, scene.Tables, Cancellation);
        await scene.Switch.FillTablesAsync(scene.Second, scene.Tables, (_, _) => Task.CompletedTask, Cancellation);

        await scene.SwitchAsync(scene.First, Cancellation);

        (await scene.ScalarAsync<long>($"SELECT count(*) FROM {scene.Table} WHERE keyword = '사과' AND keyword_version = 1", Cancellation))
            .ShouldBe(20);
    }

    private static async Task ReadAsync(SwitchScene scene, int rows, TaskCompletionSource begun, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            var seen = await scene.ScalarAsync<string>(
                $"SELECT min(keyword_version) || '-' || max(keyword_version) || ' ' || count(keyword) FROM {scene.Table}", Cancellation);
            seen.ShouldBeOneOf($"1-1 {rows}", $"2-2 {rows}");
            begun.TrySetResult();
        }
    }

    private static async Task<long> WriteAsync(SwitchScene scene, int rows, TaskCompletionSource begun, CancellationToken over)
    {
        for (var writes = 0L; ; writes++)
        {
            if (over.IsCancellationRequested)
                return writes;
            await scene.ExecuteAsync(
                $"UPDATE {scene.Table} SET price = price + 1 WHERE image_path = 'busy/{1 + (writes * 7 % rows)}.jpg'", Cancellation);
            begun.TrySetResult();
        }
    }

    private static async Task WaitUntilAsync(Func<Task<bool>> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!await condition())
            await Task.Delay(20, deadline.Token);
    }
}
