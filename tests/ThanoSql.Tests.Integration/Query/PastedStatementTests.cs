using System.Net.Http.Json;
using System.Text.Json;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query;

/// <summary>Statements as web pages and word processors give them, all the way to PostgreSQL; and the columns of LIST in each generation.</summary>
public sealed class PastedStatementTests(QueryHost host) : IClassFixture<QueryHost>
{
    [Theory]
    [InlineData("SELECT\u00A0‘사과’\u3000AS x", "사과")]
    [InlineData("\uFEFFSELECT '‘사과’\u00A0（’' AS x", "‘사과’\u00A0（’")]
    [InlineData("SELECT（2 ＋ 3）＊ 2 AS x", "10")]
    [InlineData("SELECT na\u200Bme AS “x” FROM (LIST THANOSQL\u00A0DATASET) AS d(na\u00ADme, kind) WHERE name ＝ ‘diet_data’", "diet_data")]
    [InlineData("PRINT\u00A0IMAGE OPTIONS（image_col＝“x”）AS\u3000SELECT ‘a.jpg’ AS x；", "a.jpg")]
    public async Task A_statement_is_read_as_it_was_meant(string pasted, string value)
    {
        var rows = await host.RowsAsync(pasted, TokenScope.Query);

        rows.GetProperty("columns")[0].GetString().ShouldBe("x");
        rows.GetProperty("data")[0][0].ToString().ShouldBe(value);
    }

    [Theory]
    [InlineData("SELECT\u00A0\u3000nosuch FROM pg_class", "42703", 8)]
    [InlineData("SELECT\u00A01 – 1", "unclear_character", 9)]
    [InlineData("SELECT\u200B * FROM\u3000(PREDICT USING nosuch AS\u00A0SELECT 1 AS image_path)", "unknown_model", 30)]
    public async Task A_mistake_is_told_at_its_place_in_the_text_as_written(string pasted, string code, int offset)
    {
        var (_, body) = await host.QueryAsync(pasted, TokenScope.Query);

        body.GetProperty("code").GetString().ShouldBe(code);
        body.GetProperty("position").GetProperty("offset").GetInt32().ShouldBe(offset);
    }

    [Theory]
    [InlineData("LIST MODEL", "old", "model_name,model")]
    [InlineData("LIST MODEL", "new", "name,class_name,last_updated_utc")]
    [InlineData("LIST THANOSQL MODEL", "old", "model_name,model")]
    [InlineData("LIST THANOSQL MODEL", "new", "name,class_name,last_updated_utc")]
    [InlineData("LIST THANOSQL_MODEL", "new", "model_name,model")]
    [InlineData("LIST THANOSQL DATASET", "old", "dataset_name,data_type")]
    [InlineData("LIST THANOSQL DATASET", "new", "name,data_type")]
    [InlineData("LIST TABLE", "new", "table_name")]
    public async Task LIST_has_the_columns_of_its_generation(string statement, string dialect, string columns)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var service = await host.StartAsync(("Query:Dialect", dialect));
        using var client = host.Client(TokenScope.Query);
        using var body = JsonContent.Create(new { query_string = statement });
        using var reply = await client.PostAsync(new Uri(new Uri(service.Urls.Single()), "/api/v1/query"), body, cancellation);

        var data = (await reply.Content.ReadFromJsonAsync<JsonElement>(cancellation)).GetProperty("data");
        using var df = JsonDocument.Parse(data.GetProperty("df").GetString()!);
        string.Join(',', df.RootElement.GetProperty("columns").EnumerateArray()).ShouldBe(columns);
    }
}
