using ThanoSql.Planning;

namespace ThanoSql.Tests.Integration.Planning;

public sealed class FunctionTests(SeededPictures pictures) : IClassFixture<SeededPictures>
{
    private const string Converted = "(CONVERT USING new_model AS SELECT * FROM diet)";

    [Fact]
    public async Task The_mean_embedding_of_each_label_is_one_row_in_the_order_of_the_labels()
    {
        var answer = await pictures.RunAsync(
            $"FUNCTION compute.groupby_emb_mean OPTIONS (label_col='label', emb_col='convert_result') AS SELECT * FROM {Converted}");

        answer.Columns.ShouldBe(["label", "emb_mean_result"]);
        answer.Column("label").ShouldBe(["과일", "채소"]);
        answer.Column("emb_mean_result").Select(SeededPictures.Floats).Select(v => v.Select(x => Math.Round(x, 2)))
            .ShouldBe([[0.8, 0.47], [-0.33, 0]]);
    }

    [Fact]
    public async Task Rows_get_the_label_of_the_nearest_embedding_of_another_table()
    {
        await pictures.RunAsync($"""
            CREATE TABLE means AS SELECT label, result_col FROM (
                FUNCTION compute.groupby_emb_mean OPTIONS (label_col='label', emb_col='convert_result', result_col='result_col')
                AS SELECT * FROM {Converted})
            """);

        var answer = await pictures.RunAsync($"""
            FUNCTION compute.similarity
            OPTIONS (emb_col='convert_result', src_table='means', src_emb_col='result_col', src_label_col='label', score_col='score')
            AS SELECT image_path, convert_result FROM {Converted}
            """);

        answer.Columns.ShouldBe(["image_path", "convert_result", "similarity_result", "score"]);
        answer.Column("similarity_result").ShouldBe(["과일", "과일", "과일", "채소", "과일", "채소"]);
        answer.Column("score").Select(s => Math.Round((float)s!, 2)).ShouldBe([0.86, 0.99, 0.5, 1, 0.92, 0]);
    }

    [Fact]
    public async Task Several_labels_come_as_a_list_of_their_own_type_best_first()
    {
        var answer = await pictures.RunAsync("""
            FUNCTION compute.similarity
            OPTIONS (emb_col='v', src_table="public.numbered", src_emb_col='v', src_label_col='n', topk=2, result_col='nearest')
            AS SELECT * FROM numbered WHERE n <> 2 UNION ALL SELECT 7, NULL
            """.Replace("numbered", await NumberedAsync(), StringComparison.Ordinal));

        answer.Column("nearest").ShouldBe([new[] { 1, 2 }, new[] { 3, 2 }, null]);
    }

    [Theory]
    [InlineData("compute.similarity OPTIONS (emb_col='v') AS SELECT ARRAY[1.0] AS v", "missing_option", "src_table")]
    [InlineData(
        "compute.similarity OPTIONS (emb_col='v', src_table='none', src_emb_col='v', src_label_col='n') AS SELECT ARRAY[1.0] AS v", "42P01", "none")]
    [InlineData(
        "compute.similarity OPTIONS (emb_col='v', src_table='diet', src_emb_col='price', src_label_col='label') AS SELECT ARRAY[1.0] AS v",
        "unusable_vector", "integer")]
    [InlineData(
        "compute.similarity OPTIONS (emb_col='v', src_table='numbered', src_emb_col='v', src_label_col='n') AS SELECT ARRAY[1.0, 2, 3] AS v",
        "unusable_vector", "3 numbers, where 2")]
    [InlineData("compute.groupby_emb_mean OPTIONS (label_col='x', emb_col='v') AS SELECT ARRAY[1.0] AS v", "unknown_column", "label_col")]
    [InlineData("compute.groupby_emb_mean OPTIONS (label_col='x', emb_col='v') FROM 'a.csv'", "not_supported", "AS SELECT")]
    [InlineData("compute.similarty OPTIONS (emb_col='v') AS SELECT 1", "not_supported", "Did you mean compute.similarity?")]
    [InlineData("preprocess.video_to_df OPTIONS (method='split', interval=1) FROM 'a.mp4'", "not_supported", "video_to_df is for videos")]
    public async Task What_cannot_be_computed_is_an_error_with_a_place_and_what_to_do(string function, string code, string mentions)
    {
        var text = $"FUNCTION {function}".Replace("numbered", await NumberedAsync(), StringComparison.Ordinal);

        var error = await Should.ThrowAsync<QueryException>(() => pictures.RunAsync(text));

        error.Code.Name.ShouldBe(code);
        error.Position.ShouldNotBeNull();
        (error.Message + error.Hint).ShouldContain(mentions);
    }

    private async Task<string> NumberedAsync()
    {
        var name = $"numbered_{Guid.NewGuid():N}";
        await pictures.RunAsync(
            $"CREATE TABLE {name} AS SELECT * FROM (VALUES (1, ARRAY[1, 0]::real[]), (2, ARRAY[1, 1]::real[]), (3, ARRAY[0, 1]::real[])) AS t(n, v)");
        return name;
    }
}
