using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Program;

/// <summary>Tokens for a shop's pages, and the key of its links, by command.</summary>
public sealed class TokenCommandTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    [Fact]
    public async Task A_token_is_restricted_when_it_is_made_and_listed_with_what_restricts_it()
    {
        (await RunAsync(
            0, "token", "create", "page", "--scope", "search", "--table", "products", "--table", "shoes", "--prefix", "products/",
            "--origin", "https://shop.example", "--per-minute", "600")).ShouldStartWith("tsql_");
        var list = await RunAsync(0, "token", "list");
        foreach (var shown in new[] { "page", "table products", "table shoes", "pictures products/", "https://shop.example", "600 a minute" })
            list.ShouldContain(shown);

        (await RunAsync(1, "token", "create", "other", "--scope", "search", "--prefix", "products"))
            .ShouldContain("'products' does not end with '/'");
        (await RunAsync(1, "token", "create", "other", "--per-minute", "600")).ShouldContain("Only tokens of scope 'search'");
        (await RunAsync(1, "token", "create", "other", "--scope", "search", "--per-minute", "0")).ShouldContain("from 1 to 1000000, not 0");
    }

    [Fact]
    public async Task The_key_of_links_is_changed()
    {
        (await RunAsync(0, "links", "rotate")).ShouldContain("signs from now on");
        (await RunAsync(0, "links", "rotate", "--at-once")).ShouldContain("Key 2 signs from now on");
    }

    [Fact]
    public async Task A_token_gets_logins_of_PostgreSQL_that_are_ended_together()
    {
        await RunAsync(0, "token", "create", "analyst");
        var printed = await RunAsync(0, "token", "psql", "analyst", "--for", "30m");
        var address = printed.Split('\'').First(part => part.StartsWith("postgresql://", StringComparison.Ordinal));
        (await Tool.RunAsync("psql", "-Atc", "SELECT count(*) FROM thanosql.models", address)).Trim().ShouldBe("0");

        (await RunAsync(0, "token", "psql", "analyst", "--close")).ShouldContain("1 logins end.");

        (await RunAsync(2, "token", "psql", "analyst", "--for", "8")).ShouldContain("such as 30m or 8h, not '8'");
        (await RunAsync(1, "token", "psql", "analyst", "--for", "25h")).ShouldContain("up to 24 hours");
        (await RunAsync(1, "token", "psql", "nobody")).ShouldContain("There is no token 'nobody'");
        await RunAsync(0, "token", "create", "searcher", "--scope", "search");
        (await RunAsync(1, "token", "psql", "searcher")).ShouldContain("scope 'query' or wider");
    }

    private async Task<string> RunAsync(int code, params string[] arguments)
    {
        await using var process = ThanoSqlProcess.Start(
            new Dictionary<string, string> { ["Database__ConnectionString"] = postgres.ConnectionString }, arguments);
        (await process.WaitForExitAsync()).ShouldBe(code, process.Output);
        return process.Output;
    }
}
