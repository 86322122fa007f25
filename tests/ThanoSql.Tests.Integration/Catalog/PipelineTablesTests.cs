using ThanoSql.Catalog;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Tables;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Catalog;

public sealed class PipelineTablesTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Files_in_another_order_than_the_pipelines_rows_are_registered_beside_who_holds_those()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        var (one, two) = (CatalogWorld.Pipeline("one", "one_table", "no_model"), CatalogWorld.Pipeline("two", "two_table", "no_model"));
        await world.Registry.DefineAsync([one, two], Cancellation);
        await using var worker = await world.Database.OpenConnectionAsync(Cancellation);
        await using var transaction = await worker.BeginTransactionAsync(Cancellation);
        await worker.Command("SELECT FROM thanosql.pipeline WHERE name = 'one' FOR SHARE").RunAsync(Cancellation);

        var starting = world.Registry.DefineAsync([two with { ImageCol = "picture" }, one with { ImageCol = "picture" }], Cancellation);
        while (await world.ScalarAsync<long>(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 0)
        {
            await Task.Delay(10, Cancellation);
        }
        // Goes on at once, not when a deadlock is broken
        await worker.Command("SET LOCAL lock_timeout = '500ms'").RunAsync(Cancellation);
        await worker.Command("SELECT FROM thanosql.pipeline WHERE name = 'two' FOR SHARE").RunAsync(Cancellation);
        await transaction.CommitAsync(Cancellation);
        await starting;

        (await world.RowsAsync("SELECT reason FROM thanosql.pipeline WHERE name IN ('one', 'two')")).ShouldBe(["changed", "changed"]);
    }

    [Fact]
    public async Task A_pipeline_waits_for_its_table_then_for_its_model_and_then_fills_the_rows_that_are_there()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        await world.Registry.RegisterAsync([CatalogWorld.Pipeline("late", "late_table", "late_model")], Cancellation);
        (await ReasonAsync(world, "late")).ShouldBe("waiting|table 'late_table' is not there yet");

        await world.SqlAsync("CREATE TABLE late_table (image_pat text)");
        await world.Tables.RefreshAsync(Cancellation);
        (await ReasonAsync(world, "late")).ShouldContain("did you mean 'image_pat'");
        await world.SqlAsync("ALTER TABLE late_table RENAME COLUMN image_pat TO image_path");
        await world.SqlAsync(
            "INSERT INTO late_table VALUES ('late/1.jpg'), ('./late/2.jpg'), ('s3://workspace/late/3.jpg'), ('late/unknown.jpg'), (NULL), ('a//b')");
        await world.Tables.RefreshAsync(Cancellation);
        (await ReasonAsync(world, "late")).ShouldBe("waiting|model 'late_model' is not there yet");

        var version = await world.ModelAsync("late_model");
        await world.IndexedAsync("late/1.jpg", version, "과일", 0.8f);
        await world.IndexedAsync("late/2.jpg", version, "채소", 0.8f);
        await world.IndexedAsync("late/3.jpg", version, "채소", 0.95f);
        await world.Tables.RefreshAsync(Cancellation);

        (await ReasonAsync(world, "late")).ShouldBe("active|");
        (await world.RowsAsync(Rows("late_table"))).ShouldBe(
        [
            "./late/2.jpg||0.80|1|model", "a//b||||", "late/1.jpg|과일|0.80|1|model", "late/unknown.jpg||||",
            "s3://workspace/late/3.jpg|채소|0.95|1|model", "||||",
        ], ignoreOrder: true);
        (await world.RowsAsync("SELECT state FROM thanosql.image WHERE key = 'late/unknown.jpg'")).ShouldBe(["pending"]);
    }

    [Fact]
    public async Task An_image_that_is_written_while_its_pipeline_becomes_active_is_not_left_out()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        await world.Registry.RegisterAsync(
            [CatalogWorld.Pipeline("racing", "racing_table", "racing_model") with { Rows = RowOrigin.Create }], Cancellation);
        await world.ModelAsync("racing_model");
        await world.SqlAsync("CREATE TABLE racing_table (image_path text)");
        Task activation;
        await using (var writer = await world.Database.OpenConnectionAsync(Cancellation))
        await using (var transaction = await writer.BeginTransactionAsync(Cancellation))
        {
            (await ServingTables.LoadAsync(writer, "workspace", hold: true, Cancellation)).ShouldNotContain(t => t.Name == "racing_table");
            activation = world.Tables.RefreshAsync(Cancellation);
            while (
                !activation.IsCompleted
                    && await world.ScalarAsync<long>(
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 0)
            {
                await Task.Delay(10, Cancellation);
            }

            await using var write = new Npgsql.NpgsqlCommand(
                "INSERT INTO thanosql.image (bucket, key, state, etag, size) VALUES ('workspace', 'racing/1.jpg', 'indexed', 'e', 1)", writer);
            await write.ExecuteNonQueryAsync(Cancellation);
            await transaction.CommitAsync(Cancellation);
        }
        await activation;
        await world.Tables.RefreshAsync(Cancellation);

        (await ReasonAsync(world, "racing")).ShouldBe("active|");
        (await world.RowsAsync("SELECT state FROM thanosql.image WHERE key = 'racing/1.jpg'")).ShouldBe(["pending"]);
    }

    [Fact]
    public async Task A_row_that_a_shop_inserts_after_its_picture_is_filled_at_once_and_one_before_its_picture_makes_it_due()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        var version = await world.ModelAsync("attach_model");
        await world.SqlAsync("CREATE TABLE attach_table (image_path text, price int)");
        await world.Registry.RegisterAsync([CatalogWorld.Pipeline("attach", "attach_table", "attach_model")], Cancellation);
        await world.IndexedAsync("attach/있다 +.jpg", version, "과일", 0.7f);

        await world.SqlAsync(
            "INSERT INTO attach_table VALUES ('attach/있다 +.jpg', 1), (normalize('/home/jovyan/attach/있다 +.jpg', NFD), 2), " +
            "('attach/later.jpg', 3), (NULL, 4)");

        (await world.RowsAsync("SELECT price, keyword, keyword_source FROM attach_table ORDER BY price")).ShouldBe(
            ["1|과일|model", "2|과일|model", "3||", "4||"]);
        (await world.RowsAsync("SELECT state FROM thanosql.image WHERE key = 'attach/later.jpg'")).ShouldBe(["pending"]);
        await world.SqlAsync("UPDATE attach_table SET image_path = NULL WHERE price = 1");
        (await world.RowsAsync("SELECT keyword FROM attach_table WHERE price = 1")).ShouldBe([""]);
    }

    [Fact]
    public async Task A_row_whose_picture_is_known_but_has_no_answer_yet_makes_it_due_again()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        var version = await world.ModelAsync("known_model");
        await world.SqlAsync("CREATE TABLE known_table (image_path text)");
        await world.Registry.RegisterAsync([CatalogWorld.Pipeline("known", "known_table", "known_model")], Cancellation);
        await world.IndexedAsync("known/1.jpg", version, "과일", 0.7f);
        await world.SqlAsync("DELETE FROM thanosql.keyword WHERE content_id = (SELECT content_id FROM thanosql.image WHERE key = 'known/1.jpg')");

        await world.SqlAsync("INSERT INTO known_table VALUES ('known/1.jpg')");

        (await world.RowsAsync("SELECT state, generation FROM thanosql.image WHERE key = 'known/1.jpg'")).ShouldBe(["pending|2"]);
    }

    [Fact]
    public async Task A_table_that_is_replaced_has_its_index_columns_and_values_again_in_the_same_transaction()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        var version = await world.ModelAsync("replace_model");
        await world.SqlAsync("CREATE TABLE replaced (image_path text)");
        var pipeline = CatalogWorld.Pipeline("replace", "replaced", "replace_model") with { Rows = RowOrigin.Create };
        await world.Registry.RegisterAsync([pipeline], Cancellation);
        await world.IndexedAsync("replace/1.jpg", version, "과일", 0.7f);
        await world.IndexedAsync("replace/2.jpg", version, "과일", 0.6f);

        await world.Tables.ReplaceAsync(
            "replaced",
            async connection =>
            {
                await using var replace = new Npgsql.NpgsqlCommand(
                    "DROP TABLE public.replaced; CREATE TABLE public.replaced (image_path text, label text)", connection);
                await replace.ExecuteNonQueryAsync(Cancellation);
                await using var insert = new Npgsql.NpgsqlCommand("INSERT INTO public.replaced VALUES ('replace/1.jpg', 'x')", connection);
                await insert.ExecuteNonQueryAsync(Cancellation);
            },
            Cancellation);

        (await world.RowsAsync("SELECT image_path, label, keyword FROM replaced ORDER BY image_path")).ShouldBe(
            ["replace/1.jpg|x|과일", "replace/2.jpg||과일"]);
        await world.SqlAsync("INSERT INTO replaced VALUES ('replace/2.jpg', 'y')");
        (await world.RowsAsync("SELECT keyword FROM replaced WHERE label = 'y'")).ShouldBe(["과일"]);
    }

    [Fact]
    public async Task A_label_column_is_a_persons_word_and_wins_in_the_index_columns()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        var version = await world.ModelAsync("label_model");
        await world.SqlAsync("CREATE TABLE labelled (image_path text, right_label text)");
        await world.Registry.RegisterAsync(
            [CatalogWorld.Pipeline("label", "labelled", "label_model") with { LabelCol = "right_label" }], Cancellation);
        await world.IndexedAsync("label/1.jpg", version, "과일", 0.7f);
        await world.SqlAsync("INSERT INTO labelled VALUES ('label/1.jpg')");

        await world.SqlAsync("UPDATE labelled SET right_label = '채소'");
        (await world.RowsAsync(Rows("labelled"))).ShouldBe(["label/1.jpg|채소|1.00||person"]);
        await world.SqlAsync("UPDATE labelled SET right_label = NULL");
        (await world.RowsAsync(Rows("labelled"))).ShouldBe(["label/1.jpg|과일|0.70|1|model"]);
    }

    [Theory]
    [InlineData("a/", "a/b/", "t", "u", "m", "m", "overlap")]
    [InlineData("a/", "b/", "t", "t", "m", "n", "two models")]
    public async Task Pipelines_that_contradict_each_other_are_refused_with_both_names(
        string prefix, string otherPrefix, string table, string otherTable, string model, string otherModel, string expected)
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        var one = CatalogWorld.Pipeline("first", table, model) with { Prefix = prefix };
        var other = CatalogWorld.Pipeline("second", otherTable, otherModel) with { Prefix = otherPrefix };

        var error = await Should.ThrowAsync<PipelineConflictException>(() => world.Registry.RegisterAsync([one, other], Cancellation));

        error.Message.ShouldContain("'first' and 'second'");
        error.Message.ShouldContain(expected);
    }

    [Fact]
    public async Task Thresholds_in_sql_are_those_of_the_head()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        var version = await world.ModelAsync("threshold_model");

        (await world.ScalarAsync<float[]>($"SELECT thresholds FROM thanosql.model_version WHERE version_id = {version.VersionId}"))
            .ShouldBe([0.5f, 0.9f]);
    }

    private static string Rows(string table) =>
        $"SELECT image_path, keyword, round(keyword_score::numeric, 2), keyword_version, keyword_source FROM {table} ORDER BY image_path";

    private static async Task<string> ReasonAsync(CatalogWorld world, string name) =>
        (await world.RowsAsync($"SELECT state, reason FROM thanosql.pipeline WHERE name = '{name}'")).Single();
}
