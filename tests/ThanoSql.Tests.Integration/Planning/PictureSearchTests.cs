using Npgsql;
using ThanoSql.Language;
using ThanoSql.Planning;

namespace ThanoSql.Tests.Integration.Planning;

public sealed class PictureSearchTests(SeededPictures pictures) : IClassFixture<SeededPictures>
{
    private const string Newest = "USING new_model OPTIONS (search_by='image', search_input='f/3.jpg', emb_col='convert_result'";

    [Fact]
    public async Task The_oldest_dialect_gives_all_rows_in_their_order_with_a_similarity_to_each_picture()
    {
        var answer = await pictures.RunAsync("SEARCH IMAGE images=['f/3.jpg', 'v/2.jpg'] USING old_model AS SELECT * FROM diet");

        answer.Columns.ShouldBe(
            ["image_path", "label", "price", "old_model_convnext_tiny_similarity1", "old_model_convnext_tiny_similarity2"]);
        answer.Column("image_path").ShouldBe(SeededCatalog.Images.Select(i => i.Path));
        Rounded(answer, "old_model_convnext_tiny_similarity1").ShouldBe([1, 0.8, 0, -1, 0.6, 0]);
        Rounded(answer, "old_model_convnext_tiny_similarity2").ShouldBe([0, 0.6, 1, 0, 0.8, -1]);
    }

    [Fact]
    public async Task The_dialect_of_November_2022_gives_all_rows_in_their_order_in_the_column_that_it_names()
    {
        var answer = await pictures.RunAsync("""
            SEARCH IMAGE image='f/3.jpg' USING new_model OPTIONS (emb_col="convert_result", column_name="likeness")
            AS SELECT image_path FROM diet
            """);

        answer.Columns.ShouldBe(["image_path", "likeness"]);
        answer.Column("image_path").ShouldBe(SeededCatalog.Images.Select(i => i.Path));
        Rounded(answer, "likeness").ShouldBe([1, 0.8, 0, -1, 0.6, 0]);
    }

    [Theory]
    [InlineData(")", 6)]
    [InlineData(", top_k=2)", 2)]
    [InlineData(", top_k=None)", 6)]
    [InlineData(", topk=1)", 1)]
    public async Task The_newer_dialect_gives_the_most_similar_rows_first(string options, int rows)
    {
        var answer = await pictures.RunAsync($"SEARCH IMAGE {Newest}{options} AS SELECT * FROM diet");

        answer.Columns.ShouldBe(["image_path", "label", "price", "search_result"]);
        answer.Column("image_path").Take(2).ShouldBe(new[] { "f/3.jpg", "f/1.jpg" }.Take(rows));
        Rounded(answer, "search_result").ShouldBe(new double?[] { 1, 0.8, 0.6, 0, 0, -1 }.Take(rows));
    }

    [Theory]
    [InlineData("SELECT image_path FROM (SEARCH IMAGE {0}) AS SELECT * FROM diet) WHERE search_result > 0.5 AND price < 40", "f/3.jpg f/1.jpg")]
    [InlineData("SEARCH IMAGE {0}, top_k=1) AS SELECT * FROM diet WHERE price > 30", "f/4.jpg")]
    [InlineData(
        "SELECT image_path FROM (SEARCH IMAGE {0}, top_k=1) AS (SELECT image_path FROM (SEARCH IMAGE keyword='채소' USING new_model "
        + "OPTIONS (result_col='vegetable', min_score=0.5) AS SELECT * FROM diet)))", "f/4.jpg")]
    [InlineData(
        "SELECT a.image_path FROM diet a JOIN (SELECT * FROM (SEARCH IMAGE {0}, top_k=2) AS SELECT * FROM diet)) b USING (image_path) "
        + "ORDER BY a.price",
        "f/1.jpg f/3.jpg")]
    [InlineData("SEARCH IMAGE {0}) AS SELECT * FROM diet WHERE price > 1000", "")]
    public async Task It_stands_among_other_conditions_at_any_depth(string text, string expected)
    {
        var answer = await pictures.RunAsync(text.Replace("{0}", Newest, StringComparison.Ordinal));

        answer.Rows.Select(row => (string)row[0]!).ShouldBe(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData(@"CASE label WHEN '과일' THEN '\x000000000000803f'::bytea ELSE '\x000000bf00000000'::bytea END")]
    [InlineData("CASE label WHEN '과일' THEN ARRAY[0, 1]::real[] ELSE ARRAY[-3e38, 0]::real[] END")]
    [InlineData("CASE label WHEN '과일' THEN ARRAY[0, 1e-30]::float8[] ELSE ARRAY[-2, 0]::float8[] END")]
    public async Task Embeddings_of_the_source_are_what_counts_where_it_has_them(string embedding)
    {
        var answer = await pictures.RunAsync(
            $"SEARCH IMAGE {Newest}) AS SELECT price, {embedding} AS convert_result FROM diet UNION ALL SELECT 99, NULL ORDER BY price");

        answer.Column("price").ShouldBe([10, 30, 40, 20, 50, 60, 99]);
        Rounded(answer, "search_result").ShouldBe([0, 0, 0, -1, -1, -1, null]);
        answer.Messages.ShouldHaveSingleItem().ShouldContain("1 row(s)");
    }

    [Fact]
    public async Task Pictures_that_nobody_looked_at_are_looked_at_and_those_that_cannot_be_read_come_last()
    {
        await pictures.ForgetAsync();
        pictures.Looked.Clear();

        var answer = await pictures.RunAsync($"""
            SEARCH IMAGE {Newest}) AS SELECT image_path FROM diet WHERE price > 45
            UNION ALL VALUES ('no such.jpg'), (NULL), ('../../etc/passwd'), ('{new string('x', 5000)}')
            """);

        pictures.Looked.Order(StringComparer.Ordinal).ShouldBe(["../../etc/passwd", "no such.jpg", SeededPictures.Unseen]);
        answer.Rows[0][0].ShouldBe(SeededPictures.Unseen);
        Rounded(answer, "search_result").ShouldBe([0, -1, null, null, null, null]);
        answer.Messages.ShouldHaveSingleItem().ShouldContain("4 row(s) have no picture");
    }

    [Fact]
    public async Task A_plan_with_similarities_in_it_serves_no_other_request()
    {
        var query = ThanoSqlParser.Parse($"SEARCH IMAGE {Newest}) AS SELECT * FROM diet");
        using var planner = pictures.Catalog.Planner();
        await using var connection = await pictures.Catalog.ConnectAsync();

        await planner.PlanAsync(query, connection, fills: false, _ => { }, TestContext.Current.CancellationToken);

        planner.Recall(query).ShouldBeNull();
    }

    [Fact]
    public async Task A_user_reads_which_contents_there_are_and_no_embedding()
    {
        await using var connection = await pictures.Catalog.ConnectAsync();
        await using var command = new NpgsqlCommand("SELECT vector FROM thanosql.embedding", connection);

        var error = await Should.ThrowAsync<PostgresException>(() => command.ExecuteScalarAsync(TestContext.Current.CancellationToken));

        error.SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
    }

    [Theory]
    [InlineData("SEARCH IMAGE images='nothing.jpg' USING new_model AS SELECT * FROM diet", "not_found", "nothing.jpg")]
    [InlineData("SEARCH IMAGE images='f/3.jpg' USING no_model AS SELECT * FROM diet", "unknown_model", "new_model")]
    [InlineData("SEARCH IMAGE images='f/3.jpg' USING brought AS SELECT * FROM diet", "not_supported", "new_model")]
    [InlineData("SEARCH IMAGE images='f/3.jpg' USING new_model AS SELECT label FROM diet", "unknown_column", "image_col")]
    [InlineData("SEARCH IMAGE {0}) AS SELECT label FROM diet", "unknown_column", "CONVERT")]
    [InlineData("SEARCH IMAGE {0}, top_k=0) AS SELECT * FROM diet", "option_out_of_range", "top_k")]
    [InlineData("SEARCH IMAGE {0}, top_k=1e30) AS SELECT * FROM diet", "wrong_option_type", "top_k")]
    [InlineData("SEARCH IMAGE {0}, top_k=99999999999) AS SELECT * FROM diet", "option_out_of_range", "top_k")]
    [InlineData("SEARCH IMAGE {0}) AS SELECT *, 1 AS search_result FROM diet", "column_exists", "result_col")]
    [InlineData("SEARCH IMAGE {0}) AS SELECT 'x' AS convert_result", "unusable_vector", "of type text")]
    [InlineData("SEARCH IMAGE {0}) AS SELECT ARRAY[1, 2, 3]::real[] AS convert_result", "unusable_vector", "has 3 numbers, where 2")]
    [InlineData("SEARCH IMAGE {0}) AS SELECT ARRAY[]::real[] AS convert_result", "unusable_vector", "has 0 numbers")]
    [InlineData("SEARCH IMAGE {0}) AS SELECT ARRAY[[1, 2], [3, 4]]::real[] AS convert_result", "unusable_vector", "2 dimensions")]
    [InlineData("SEARCH IMAGE {0}) AS SELECT ARRAY[1, NULL]::real[] AS convert_result", "unusable_vector", "NULL")]
    [InlineData("SEARCH IMAGE {0}) AS SELECT ARRAY['NaN', 1]::float8[] AS convert_result", "unusable_vector", "NaN")]
    [InlineData("SEARCH IMAGE {0}) AS SELECT ARRAY['-Infinity', 1]::float8[] AS convert_result", "unusable_vector", "infinite")]
    [InlineData(@"SEARCH IMAGE {0}) AS SELECT '\x010203'::bytea AS convert_result", "unusable_vector", "3 bytes")]
    [InlineData("SEARCH IMAGE {0}) AS SELECT image_path, ARRAY[-2, -2]::real[] AS convert_result FROM diet", "unusable_vector", "not those of")]
    [InlineData("SEARCH IMAGE text='a cat' USING new_model AS SELECT * FROM diet", "not_supported", "by text")]
    public async Task What_cannot_be_compared_is_an_error_with_a_place_and_what_to_do(string text, string code, string mentions)
    {
        await pictures.Catalog.ExecuteAsync("""
            INSERT INTO thanosql.trunk (key, variant, weights_sha256, preprocessing, dimensions, origin)
                VALUES ('u', 'User_ONNX', 'u', '224', 3, 'uploaded') ON CONFLICT DO NOTHING;
            INSERT INTO thanosql.model (name, algorithm, image_col, label_col, dialect)
                VALUES ('brought', 'User_ONNX', 'image_path', 'label', 'old') ON CONFLICT DO NOTHING;
            INSERT INTO thanosql.model_version (model_id, number, trunk_id, state, labels, head, source)
                SELECT model_id, 1, trunk_id, 'current', '{}', '', '' FROM thanosql.model, thanosql.trunk WHERE name = 'brought' AND key = 'u'
                ON CONFLICT DO NOTHING;
            UPDATE thanosql.model m SET current_version_id = v.version_id FROM thanosql.model_version v
                WHERE v.model_id = m.model_id AND m.name = 'brought';
            """);

        var error = await Should.ThrowAsync<Exception>(() => pictures.RunAsync(text.Replace("{0}", Newest, StringComparison.Ordinal)));

        var told = QueryError.Of(error);
        told.Code.Name.ShouldBe(code);
        told.Position.ShouldNotBeNull();
        (told.Message + told.Hint).ShouldContain(mentions);
    }

    private static IEnumerable<double?> Rounded(Answer answer, string column) =>
        answer.Column(column).Select(s => s is float similarity ? Math.Round(similarity, 2) + 0.0 : (double?)null);
}
