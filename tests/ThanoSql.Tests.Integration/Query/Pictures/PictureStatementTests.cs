using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Storage;

namespace ThanoSql.Tests.Integration.Query.Pictures;

/// <summary>The published examples of similar pictures, as the clients send them, over real pictures.</summary>
public sealed class PictureStatementTests(PictureStatementHost host) : IClassFixture<PictureStatementHost>
{
    private const string Query = $"{PictureStatementHost.Folder923}/923.jpg";

    private static string[] Paths => [.. Enumerable.Range(920, 6).Select(n => $"{PictureStatementHost.Folder923}/{n}.jpg")];

    [Fact]
    public async Task The_example_of_2022_runs_in_a_notebook_of_its_time()
    {
        var shown = await RunAsync("""
            SEARCH IMAGE images='thanosql-dataset/mnist_data/test/923.jpg' 
            USING my_image_search_model 
            AS
            SELECT * 
            FROM mnist_test

            """);

        shown.Error.ShouldBeNull();
        shown.Printed[0].ShouldBe("Searching...");
        Columns(shown).ShouldBe(["image_path", "label", "my_image_search_model_simclr_similarity1"]);
        Column(shown, 0).Select(p => p.GetString()).ShouldBe(Paths);
        Similarities(shown, 2)[3].ShouldBe(1, 1e-6);
        Similarities(shown, 2).Where((_, i) => i != 3).ShouldAllBe(s => s < 0.99999 && s > -1);
    }

    [Fact]
    public async Task The_most_similar_pictures_of_2022_are_printed()
    {
        var (status, body) = await host.QueryAsync("""
            PRINT IMAGE 
            AS (
                SELECT image_path, my_image_search_model_simclr_similarity1 
                FROM (
                    SEARCH IMAGE images='thanosql-dataset/mnist_data/test/923.jpg' 
                    USING my_image_search_model 
                    AS 
                    SELECT * 
                    FROM mnist_test
                    )
                ORDER BY my_image_search_model_simclr_similarity1 DESC 
                LIMIT 4
                )
            """, TokenScope.Query);

        status.ShouldBe(200, body.ToString());
        body.GetProperty("data").GetProperty("print").GetString().ShouldBe("print_image");
        using var df = JsonDocument.Parse(body.GetProperty("data").GetProperty("df").GetString()!);
        var rows = df.RootElement.GetProperty("data");
        (rows.GetArrayLength(), rows[0][0].GetString()).ShouldBe((4, Query));
    }

    [Fact]
    public async Task The_example_of_November_2022_keeps_the_order_of_the_rows()
    {
        var shown = await RunAsync("""
            SEARCH IMAGE image='thanosql-dataset/mnist_data/test/923.jpg' 
            USING my_image_search_model 
            OPTIONS (
                emb_col="convert_result",
                column_name="search_result"
                )
            AS
            SELECT * 
            FROM mnist_test
            """);

        shown.Printed.ShouldNotContain("Searching...");
        Columns(shown).ShouldBe(["image_path", "label", "search_result"]);
        Column(shown, 0).Select(p => p.GetString()).ShouldBe(Paths);
    }

    [Fact]
    public async Task The_examples_of_2023_convert_into_a_table_and_search_it_best_first()
    {
        await RunAsync("DROP TABLE IF EXISTS mnist_test_convert_en");
        var made = await RunAsync("""
            CREATE TABLE mnist_test_convert_en AS 
            SELECT * FROM ( 
                CONVERT USING my_image_search_model
                OPTIONS (
                    image_col='image_path',
                    result_col='convert_result'
                    )
                AS 
                SELECT * 
                FROM mnist_test
            )
            """);
        made.Error.ShouldBeNull();
        var shown = await RunAsync("""
            SEARCH IMAGE
            USING my_image_search_model
            OPTIONS (
                search_by='image',
                search_input='thanosql-dataset/mnist_data/test/923.jpg',
                emb_col='convert_result',
                result_col='search_result'
                )
            AS
            SELECT * 
            FROM mnist_test_convert_en
            """);

        shown.Error.ShouldBeNull();
        Columns(shown).ShouldBe(["image_path", "label", "convert_result", "search_result"]);
        Column(shown, 0)[0].GetString().ShouldBe(Query);
        Similarities(shown, 3).ShouldBe(Similarities(shown, 3).OrderDescending());
        Similarities(shown, 3)[0].ShouldBe(1, 1e-6);

        // From the catalog it is the same, up to the rounding of what is kept there
        var cached = await RunAsync(
            $"SEARCH IMAGE USING my_image_search_model OPTIONS (search_by='image', search_input='{Query}', emb_col='convert_result') "
            + "AS SELECT * FROM mnist_test");
        Similarities(cached, 2).Zip(Similarities(shown, 3)).ShouldAllBe(pair => Math.Abs(pair.First - pair.Second) < 1e-6);
    }

    [Fact]
    public async Task An_embedding_is_float32_of_length_1()
    {
        var bytes = await host.RowsAsync("SELECT encode(e, 'base64') FROM (CONVERT USING my_image_search_model OPTIONS (result_col='e') AS "
            + $"SELECT * FROM mnist_test WHERE image_path = '{Query}')", TokenScope.Query);

        var vector = MemoryMarshal.Cast<byte, float>(Convert.FromBase64String(bytes.GetProperty("data")[0][0].GetString()!)).ToArray();
        vector.Length.ShouldBe(320);
        vector.Sum(x => x * (double)x).ShouldBe(1, 1e-3);
    }

    [Fact]
    public async Task A_picture_to_ask_with_that_is_not_there_or_no_picture_is_an_error_that_says_which()
    {
        using (var text = new MemoryStream(Encoding.UTF8.GetBytes("no picture")))
            await host.Store.WriteAsync(new ObjectPath("workspace", "notes.jpg"), text, "image/jpeg", CancellationToken.None);

        await ShouldFailAsync("notes.jpg", 415, "not_an_image", "'notes.jpg' cannot be read");
        await ShouldFailAsync("nothing.jpg", 404, "not_found", "no picture 'nothing.jpg'");
        await ShouldFailAsync("../secret.jpg", 400, "bad_request", "segment");
        await ShouldFailAsync("s3://no-such-bucket/x.jpg", 404, null, "");

        async Task ShouldFailAsync(string path, int status, string? code, string mentions)
        {
            var (told, body) = await host.QueryAsync($"SEARCH IMAGE images='{path}' USING my_image_search_model AS SELECT * FROM mnist_test");
            told.ShouldBe(status, body.ToString());
            if (code is not null)
                body.GetProperty("code").GetString().ShouldBe(code);
            body.ToString().ShouldContain(mentions);
        }
    }

    [Theory]
    [InlineData("CONVERT USING my_image_search_model AS SELECT * FROM mnist_test")]
    [InlineData($"SELECT * FROM (SEARCH IMAGE images='{Query}' USING my_image_search_model AS SELECT * FROM mnist_test)")]
    [InlineData(
        "(CONVERT USING my_image_search_model AS SELECT * FROM mnist_test) UNION ALL "
        + "(CONVERT USING my_image_search_model AS SELECT * FROM mnist_test)")]
    [InlineData(
        "FUNCTION compute.groupby_emb_mean OPTIONS (label_col='label', emb_col='e') AS "
        + "SELECT * FROM (CONVERT USING my_image_search_model OPTIONS (result_col='e') AS SELECT * FROM mnist_test)")]
    public async Task A_token_that_only_reads_may_ask_all_of_it(string statement)
    {
        var (status, body) = await host.QueryAsync(statement, TokenScope.Query);

        status.ShouldBe(200, body.ToString());
    }

    [Fact]
    public async Task A_token_that_only_reads_stores_nothing_and_reads_no_embedding_by_itself()
    {
        (await host.QueryAsync(
            "CONVERT USING my_image_search_model OPTIONS (table_name='mine') AS SELECT * FROM mnist_test", TokenScope.Query)).Status.ShouldBe(403);
        (await host.QueryAsync("SELECT * FROM thanosql.embedding", TokenScope.Query)).Status.ShouldBe(403);
    }

    private Task<Client029.Shown> RunAsync(string cell) => Client029.RunAsync(host.Address, host.Secret(TokenScope.Write), cell);

    private static IEnumerable<string?> Columns(Client029.Shown shown) =>
        shown.DataFrame!.Value.GetProperty("columns").EnumerateArray().Select(c => c.GetString());

    private static List<JsonElement> Column(Client029.Shown shown, int column) =>
        [.. shown.DataFrame!.Value.GetProperty("data").EnumerateArray().Select(row => row[column])];

    private static List<double> Similarities(Client029.Shown shown, int column) => Column(shown, column).ConvertAll(v => v.GetDouble());
}
