using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query.Sdk;

/// <summary>The HTTP protocol of thanosql-magic 0.2.0 to 0.2.4.</summary>
public sealed class HttpClientTests(QueryHost host) : IClassFixture<QueryHost>
{
    public static TheoryData<string, string?> Ways => new(
        from address in Client020.Addresses
        from type in new[] { null, "application/x-www-form-urlencoded", "application/json", "text/plain" }
        select (address, type));

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_cell_shows_its_rows_whatever_the_content_type_says(string address, string? contentType)
    {
        var shown = await Client020.RunAsync(host.Address, address, host.Secret(TokenScope.Query), "SELECT '과일' AS label\n", contentType);

        shown.DataFrame!.Value.GetRawText().ShouldBe("""{"columns":["label"],"index":[0],"data":[["과일"]]}""");
        (shown.Printed, shown.Print).ShouldBe((null, null));
    }

    [Fact]
    public async Task The_documentations_cURL_of_2022_is_answered_as_these_clients_are()
    {
        const string address = "/api/v1/query/?table_name=테이블 명&column_name=컬럼 명";

        var shown = await Client020.RunAsync(
            host.Address, address, host.Secret(TokenScope.Query), "SELECT 1 AS a", "application/x-www-form-urlencoded");

        shown.DataFrame!.Value.GetProperty("data").GetRawText().ShouldBe("[[1]]");
    }

    [Fact]
    public async Task A_cell_without_rows_prints_Success()
    {
        foreach (var address in Client020.Addresses)
        {
            var shown = await RunAsync(address, "CREATE TABLE IF NOT EXISTS old_http (n int)", TokenScope.Write);
            shown.Printed.ShouldBe("Success");
        }
    }

    [Fact]
    public async Task A_token_that_is_not_valid_is_told_in_detail()
    {
        foreach (var address in Client020.Addresses)
            (await Client020.RunAsync(host.Address, address, "tsql_nobody", "SELECT 1")).Printed!.ShouldContain("API token");
    }

    [Fact]
    public async Task A_wrong_cell_prints_what_is_wrong()
    {
        foreach (var address in Client020.Addresses)
            (await RunAsync(address, "SELECT * FROM nowhere", TokenScope.Query)).Printed!.ShouldContain("nowhere");
    }

    [Fact]
    public async Task PRINT_tells_which_column_holds_pictures_under_the_name_of_each_client()
    {
        foreach (var address in Client020.Addresses)
        {
            var shown = await RunAsync(address, "PRINT IMAGE AS SELECT 'a.jpg' AS image_path", TokenScope.Query);

            shown.Print.ShouldBe("print_image");
            shown.Options.GetProperty("image_col").GetString().ShouldBe("image_path");
            shown.Options.GetProperty("image_column").GetString().ShouldBe("image_path");
        }
    }

    private Task<Client020.Shown> RunAsync(string address, string cell, TokenScope scope) =>
        Client020.RunAsync(host.Address, address, host.Secret(scope), cell);
}
