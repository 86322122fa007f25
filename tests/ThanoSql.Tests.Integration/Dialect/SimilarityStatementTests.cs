namespace ThanoSql.Tests.Integration.Dialect;

/// <summary>The published statements about similar pictures, one after another, as their tutorials have them.</summary>
public sealed class SimilarityStatementTests(DialectService service) : IClassFixture<DialectService>
{
    private const string Query = "thanosql-dataset/diet_data/diet/과일/3.png";
    private const string OldResult = "my_image_search_model_simclr_similarity1";

    [Fact]
    public async Task The_tutorial_of_2022_searches_by_picture()
    {
        await RunAsync(
            "BUILD MODEL my_image_search_model USING SimCLR OPTIONS (image_col='image_path', file_name='label', label_col='label', epochs=1, "
            + "pretrained=False, overwrite=True) AS SELECT * FROM mnist_train");
        var converted = await RunAsync("CONVERT USING my_image_search_model OPTIONS (table_name='mnist_2022') AS SELECT * FROM mnist_test");
        var found = await RunAsync($"SEARCH IMAGE images='{Query}' \nUSING my_image_search_model \nAS\nSELECT * \nFROM mnist_2022");
        var printed = await RunAsync($"""
            PRINT IMAGE 
            AS (
                SELECT image_path, {OldResult} 
                FROM (
                    SEARCH IMAGE images='{Query}' 
                    USING my_image_search_model 
                    AS 
                    SELECT * 
                    FROM mnist_2022
                    )
                ORDER BY {OldResult} DESC 
                LIMIT 4
                )
            """);

        converted.Columns.ShouldBe(["image_path", "label", "my_image_search_model_simclr"]);
        found.Columns.ShouldBe(["image_path", "label", "my_image_search_model_simclr", OldResult]);
        found.Rows!.Count.ShouldBe(DialectService.Pictures); // all of them, in their own order
        printed.Print.ShouldBe("print_image");
        printed.Rows!.Count.ShouldBe(4);
        printed.Rows[0][0].ShouldBe(Query);
    }

    [Fact]
    public async Task The_manual_of_November_2022_searches_by_picture()
    {
        await RunAsync(
            "BUILD MODEL november USING SimCLR OPTIONS (image_col='image_path', max_epochs=1, overwrite=True) AS SELECT * FROM mnist_train");
        await RunAsync("CONVERT USING november OPTIONS (column_name='convert_result', table_name='mnist_november') AS SELECT * FROM mnist_test");
        var found = await RunAsync($"""
            SEARCH IMAGE image='{Query}' 
            USING november 
            OPTIONS (
                emb_col="convert_result",
                column_name="search_result"
                )
            AS
            SELECT * 
            FROM mnist_november
            """);

        found.Columns.ShouldBe(["image_path", "label", "convert_result", "search_result"]);
        found.Rows!.Count.ShouldBe(DialectService.Pictures);
    }

    [Fact]
    public async Task The_tutorial_of_2023_searches_by_picture()
    {
        await RunAsync(
            "BUILD MODEL my_similar USING SimCLR OPTIONS (image_col='image_path', batch_size=256, max_epochs=1, pretrained=False, overwrite=True) "
            + "AS SELECT * FROM mnist_train");
        await RunAsync("DROP TABLE IF EXISTS mnist_test_convert_en");
        await RunAsync("""
            CREATE TABLE mnist_test_convert_en AS 
            SELECT * FROM ( 
                CONVERT USING my_similar
                OPTIONS (
                    image_col='image_path',
                    result_col='convert_result'
                    )
                AS 
                SELECT * 
                FROM mnist_test
            )
            """);
        var found = await RunAsync($"""
            SEARCH IMAGE
            USING my_similar
            OPTIONS (
                search_by='image',
                search_input='{Query}',
                emb_col='convert_result',
                result_col='search_result'
                )
            AS
            SELECT * 
            FROM mnist_test_convert_en
            """);

        found.Columns.ShouldBe(["image_path", "label", "convert_result", "search_result"]);
        found.Rows!.Count.ShouldBe(DialectService.Pictures);
        found.Rows[0][0].ShouldBe(Query);
    }

    [Fact]
    public async Task FUNCTION_compares_embeddings()
    {
        await RunAsync("DROP TABLE IF EXISTS embedded");
        await RunAsync(
            "CREATE TABLE embedded AS SELECT * FROM (CONVERT USING beans_mobilevit OPTIONS (result_col='convert_result') AS SELECT * FROM diet)");

        var means = await RunAsync(
            "FUNCTION compute.groupby_emb_mean OPTIONS (label_col='label', emb_col='convert_result', result_col='emb_mean_result') "
            + "AS SELECT * FROM embedded");
        await RunAsync("DROP TABLE IF EXISTS means");
        await RunAsync(
            "CREATE TABLE means AS SELECT * FROM (FUNCTION compute.groupby_emb_mean OPTIONS (label_col='label', emb_col='convert_result') "
            + "AS SELECT * FROM embedded)");
        var nearest = await RunAsync(
            "FUNCTION compute.similarity OPTIONS (emb_col='convert_result', src_table='means', src_emb_col='emb_mean_result', src_label_col='label', "
            + "top_k=1, result_col='similarity_result') AS SELECT * FROM embedded");

        means.Columns.ShouldBe(["label", "emb_mean_result"]);
        means.Rows!.Count.ShouldBe(2);
        nearest.Columns![^1].ShouldBe("similarity_result");
    }

    [Fact]
    public async Task CREATE_TABLE_makes_a_table_of_a_folder()
    {
        await RunAsync(
            "CREATE TABLE of_a_folder USING beans_mobilevit OPTIONS (path_type='folder', data_type='image', file_type=['.png'], overwrite=True) "
            + "FROM 'thanosql-dataset/diet_data/diet'");
        (await RunAsync("SELECT * FROM of_a_folder")).Rows!.Count.ShouldBe(DialectService.Pictures);

        var refused = await service.SendAsync(
            "CREATE TABLE t USING Color_Descriptor OPTIONS (path_type='folder', data_type='image', file_type=['.jpg']) FROM 'thanosql-dataset'");
        (refused.Code, refused.Message.Contains("Color_Descriptor", StringComparison.Ordinal)).ShouldBe(("not_supported", true));
    }

    private async Task<Told> RunAsync(string statement)
    {
        var told = await service.SendAsync(statement);
        told.Code.ShouldBeNull(told.Message);
        return told;
    }
}
