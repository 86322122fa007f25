using System.Net.WebSockets;
using System.Text;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query;

public sealed class QuerySocketTests(QueryHost host) : IClassFixture<QueryHost>
{
    private string Token => host.Secret(TokenScope.Write);

    [Fact]
    public async Task A_notebook_cell_gives_a_data_frame()
    {
        var shown = await Client029.RunAsync(host.Address, Token, "SELECT n, '과일' AS label\nFROM generate_series(1, 3) AS n\n");

        shown.Error.ShouldBeNull();
        shown.DataFrame!.Value.ToString().ShouldBe("""{"columns":["n","label"],"index":[0,1,2],"data":[[1,"과일"],[2,"과일"],[3,"과일"]]}""");
    }

    [Fact]
    public async Task A_statement_without_rows_prints_Success()
    {
        (await Client029.RunAsync(host.Address, Token, "CREATE TEMP TABLE x (n int)\n")).Printed.ShouldBe(["Success"]);
    }

    [Fact]
    public async Task A_bare_text_frame_is_a_statement()
    {
        (await Client029.RunBareAsync(host.Address, Token, "SELECT 1 AS n")).DataFrame!.Value.GetProperty("data").ToString().ShouldBe("[[1]]");
    }

    [Fact]
    public async Task An_error_comes_as_a_frame_before_the_end()
    {
        var shown = await Client029.RunAsync(host.Address, Token, "SELECT * FROM nowhere");

        shown.Error!.ShouldContain("nowhere");
        shown.Error!.ShouldContain("line 1, column 15");
    }

    [Fact]
    public async Task A_cut_result_tells_so_in_a_message()
    {
        var shown = await Client029.RunAsync(host.Address, Token, "SELECT * FROM generate_series(1, 2000) AS n");

        shown.Printed.Single().ShouldContain("1,000 rows");
        shown.DataFrame!.Value.GetProperty("data").GetArrayLength().ShouldBe(1000);
    }

    [Fact]
    public async Task A_wrong_token_fails_the_handshake()
    {
        await Should.ThrowAsync<WebSocketException>(() => Client029.ConnectAsync(host.Address, "tsql_guess"));
        await Should.ThrowAsync<WebSocketException>(() => Client029.ConnectAsync(host.Address, ""));
    }

    [Fact]
    public async Task A_narrow_token_is_told_what_it_lacks()
    {
        var shown = await Client029.RunAsync(host.Address, host.Secret(TokenScope.Query), "CREATE TABLE mine (x int)");

        shown.Error!.ShouldContain("'write'");
    }

    [Fact]
    public async Task A_client_that_goes_away_cancels_its_statement()
    {
        using (var socket = await Client029.ConnectAsync(host.Address, Token))
        {
            await socket.SendAsync(
                Encoding.UTF8.GetBytes("SELECT count(*) AS deserted FROM generate_series(1, 100000000000)"), WebSocketMessageType.Text, true,
                CancellationToken.None);
            await UntilAsync(1);
            socket.Abort();
        }
        await UntilAsync(0);
    }

    private async Task UntilAsync(long expected)
    {
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (await host.OwnerAsync<long>(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' " +
            "AND query LIKE 'SELECT count(*) AS deserted%'") != expected)
        {
            DateTime.UtcNow.ShouldBeLessThan(deadline);
            await Task.Delay(20);
        }
    }
}
