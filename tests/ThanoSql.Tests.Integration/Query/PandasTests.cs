using System.Diagnostics;
using System.Text;
using System.Text.Json;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Query;

/// <summary>What notebooks' pandas makes of results, Debian's python3-pandas.</summary>
public sealed class PandasTests(QueryHost host) : IClassFixture<QueryHost>, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await ServersScript.RunAsync("install", "python");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("factorial(25)", "1.5511210043330986e+25")] // from text: pandas takes a column of such texts for numbers
    [InlineData("9223372036854775808::numeric", "9.223372036854776e+18")]
    [InlineData("9223372036854775807::bigint", "9223372036854775807")]
    [InlineData("(-9223372036854775808)::bigint", "-9223372036854775808")]
    [InlineData("1234567890123456789012.5::numeric", "1.2345678901234568e+21")]
    [InlineData("round(1::numeric / 3, 25)", "0.333333333333333")]
    [InlineData("""'{"a": 12345678901234567890123, "b": "12345678901234567890123", "c": 1e400}'::jsonb""",
        "{'a': '12345678901234567890123', 'b': '12345678901234567890123', 'c': '1")]
    [InlineData("""'[-99999999999999999999, 1.50, {"x\"9": 2}]'::json""", "['-99999999999999999999', 1.5, {'x\"9': 2}]")]
    [InlineData("ARRAY[factorial(25), 1]", "['15511210043330985984000000', 1]")]
    public async Task Reads_numbers_of_any_length(string expression, string read)
    {
        var (status, body) = await host.QueryAsync($"SELECT {expression} AS x", TokenScope.Query);

        status.ShouldBe(200, body.ToString());
        var table = await ReadAsync(body.GetProperty("data").GetProperty("df").GetString()!);
        table.GetProperty("x")[0].GetString()!.ShouldStartWith(read);
    }

    [Fact]
    public async Task A_long_number_is_told_of_and_every_digit_stays_elsewhere()
    {
        const string Statement = "SELECT factorial(25) AS big, 1.5 AS small, '{\"a\": 12345678901234567890123}'::json AS inside";

        var shown = await Client029.RunAsync(host.Address, host.Secret(TokenScope.Query), Statement);
        var (_, body) = await host.QueryAsync(Statement, TokenScope.Query, "?max_results=1");

        shown.Printed.ShouldBe(["Numbers longer than 64 bits are given as text, for pandas cannot read them: big, inside."]);
        shown.DataFrame!.Value.GetProperty("data")[0][0].GetString().ShouldBe("15511210043330985984000000");
        shown.DataFrame!.Value.GetProperty("data")[0][1].GetRawText().ShouldBe("1.5");
        body.GetProperty("messages")[0].GetString().ShouldBe(shown.Printed[0]);
        var record = body.GetProperty("records").GetProperty("data")[0];
        record.GetProperty("big").GetRawText().ShouldBe("15511210043330985984000000");
        record.GetProperty("inside").GetProperty("a").GetRawText().ShouldBe("12345678901234567890123");
    }

    private static async Task<JsonElement> ReadAsync(string df)
    {
        using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-X", "utf8", Repository.File("tests/python/read_split.py")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        })!;
        var errors = python.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await python.StandardInput.WriteAsync(df);
        python.StandardInput.Close();
        var told = await python.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await python.WaitForExitAsync(TestContext.Current.CancellationToken);
        python.ExitCode.ShouldBe(0, await errors);
        using var table = JsonDocument.Parse(told);
        return table.RootElement.Clone();
    }
}
