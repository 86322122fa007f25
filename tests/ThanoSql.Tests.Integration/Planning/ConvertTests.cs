using ThanoSql.Planning;

namespace ThanoSql.Tests.Integration.Planning;

public sealed class ConvertTests(SeededPictures pictures) : IClassFixture<SeededPictures>
{
    [Theory]
    [InlineData("USING new_model", "convert_result")]
    [InlineData("USING old_model", "old_model_convnext_tiny")]
    [InlineData("USING old_model OPTIONS (image_col='image_path', column_name='v', batch_size=256)", "v")]
    [InlineData("USING new_model OPTIONS (result_col='v', convert_type='image', text_col='text')", "v")]
    public async Task Every_row_comes_in_its_order_with_the_embedding_of_its_picture(string how, string column)
    {
        var answer = await pictures.RunAsync($"CONVERT {how} AS SELECT * FROM diet");

        answer.Columns.ShouldBe(["image_path", "label", "price", column]);
        answer.Column("image_path").ShouldBe(SeededCatalog.Images.Select(i => i.Path));
        answer.Column(column).Select(SeededPictures.Floats).Select(v => v.Select(x => Math.Round(x, 2)))
            .ShouldBe([[1, 0], [0.8, 0.6], [0, 1], [-1, 0], [0.6, 0.8], [0, -1]]);
    }

    [Fact]
    public async Task As_an_array_of_numbers_it_can_be_computed_with()
    {
        var answer = await pictures.RunAsync("""
            SELECT round(convert_result[1]::numeric, 1) AS first
            FROM (CONVERT USING new_model OPTIONS (result_type='real[]') AS SELECT * FROM diet) WHERE price < 25 ORDER BY price
            """);

        answer.Column("first").ShouldBe([0.8m, 0.0m]);
    }

    [Fact]
    public async Task A_picture_that_cannot_be_read_has_none_and_a_message_counts_it()
    {
        var answer = await pictures.RunAsync("CONVERT USING new_model AS VALUES ('nothing.jpg'), (NULL) ORDER BY 1".Replace(
            "VALUES ('nothing.jpg'), (NULL) ORDER BY 1", "SELECT 'nothing.jpg' AS image_path UNION ALL SELECT NULL", StringComparison.Ordinal));

        answer.Column("convert_result").ShouldBe([null, null]);
        answer.Messages.ShouldHaveSingleItem().ShouldContain("for example 'nothing.jpg'");
    }

    [Fact]
    public async Task What_a_table_keeps_of_it_is_searched_by_its_embeddings_alone()
    {
        await pictures.RunAsync("CREATE TABLE kept AS SELECT * FROM (CONVERT USING new_model AS SELECT * FROM diet)");

        var answer = await pictures.RunAsync("""
            SEARCH IMAGE USING new_model OPTIONS (search_by='image', search_input='v/2.jpg', emb_col='convert_result', top_k=2)
            AS SELECT price, convert_result FROM kept
            """);

        answer.Column("price").ShouldBe([20, 40]);
    }

    [Fact]
    public async Task The_option_table_name_stores_the_rows_again_and_again()
    {
        await pictures.RunAsync("CREATE TABLE stored AS SELECT * FROM diet WHERE price < 35");
        const string Text = "CONVERT USING new_model OPTIONS (table_name='stored') AS SELECT * FROM stored";

        await pictures.RunAsync(Text);
        await pictures.RunAsync(Text);

        (await pictures.RunAsync("SELECT * FROM stored")).Columns.ShouldBe(["image_path", "label", "price", "convert_result"]);
        (await pictures.RunAsync("SELECT count(*) FROM stored")).Rows[0][0].ShouldBe(3L);
        (await Should.ThrowAsync<QueryException>(() => pictures.RunAsync("CONVERT USING new_model AS SELECT * FROM stored")))
            .Code.ShouldBe(ErrorCode.ColumnExists);
    }

    [Fact]
    public async Task Other_things_than_pictures_are_not_converted()
    {
        var error = await Should.ThrowAsync<QueryException>(
            () => pictures.RunAsync("CONVERT USING new_model OPTIONS (convert_type='text', text_col='label') AS SELECT * FROM diet"));

        (error.Code, error.Position?.Line).ShouldBe((ErrorCode.NotSupported, 1));
        error.Message.ShouldContain("of text is not supported");
    }
}
