using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using ThanoSql.Catalog.Tokens;

namespace ThanoSql.Tests.Integration.Query.Doors;

/// <summary>Notebooks whose client is 0.3.0 to 0.4.0, or that of the SDK.</summary>
public sealed class NotebookFrom03Tests(DoorHost host) : IClassFixture<DoorHost>
{
    public static TheoryData<string> Generations => ["0.3.0", "0.3.9"];

    [Theory]
    [MemberData(nameof(Generations))]
    public async Task Rows_are_what_the_engine_found_with_their_types(string generation)
    {
        var shown = await RunAsync(
            generation,
            """
            SELECT 1 AS whole, 9007199254740993 AS long, 1.5::real AS "a:score", 12345678901234567890.123 AS "100%", 'ab:c %s "과일"' AS "이름",
                   true AS yes, NULL::text AS nothing, '2026-01-02 03:04:05'::timestamp AS at, ARRAY[1, 2] AS list, '{"k": [1]}'::jsonb AS json,
                   'x'::varchar(3) AS code, 'NaN'::float8 AS nan, '\x00ff'::bytea AS bytes, 2 AS whole
            UNION ALL SELECT 3, 4, 5, 6, 'second', false, 'x', NULL, '{}', 'null', NULL, 7, NULL, 8
            """);

        shown.Error.ShouldBeNull();
        shown.Frame!.Columns.ShouldBe(
            ["whole", "long", "a:score", "100%", "이름", "yes", "nothing", "at", "list", "json", "code", "nan", "bytes", "whole"]);
        shown.Frame.Data[0][1].ShouldBe("9007199254740993");
        shown.Frame.Data[0][3].ShouldBe("1.2345678901234567e+19"); // as pandas reads numeric
        shown.Frame.Data[0][4].ShouldBe("ab:c %s \"과일\"");
        shown.Frame.Data[0][5].ShouldBe("True");
        shown.Frame.Data[0][6].ShouldBeNull();
        shown.Frame.Data[0][7].ShouldBe("2026-01-02 03:04:05");
        shown.Frame.Data[0][8].ShouldBe("[1, 2]");
        shown.Frame.Data[0][9].ShouldBe("{'k': [1]}");
        shown.Frame.Data[0][11].ShouldBe("nan");
        shown.Frame.Data[1][0].ShouldBe("3");
        shown.Types![0].ShouldBe("int64");
    }

    [Theory]
    [MemberData(nameof(Generations))]
    public async Task Statements_of_the_language_run_once_in_the_engine(string generation)
    {
        var table = $"pasted_{generation.Replace('.', '_')}";
        (await RunAsync(generation, $"CREATE TABLE {table} (image_path text)\n", TokenScope.Write)).Printed.ShouldBe(["Success"]);
        (await RunAsync(generation, $"INSERT INTO {table} VALUES ('products/1.png')\n", TokenScope.Write)).Printed.ShouldBe(["Success"]);
        (await RunAsync(generation, $"SELECT count(*) AS n FROM {table}\n")).Frame!.Lines.ShouldBe(["1"]); // once, not by engine and client

        var predicted = await RunAsync(generation, $"PREDICT USING colours OPTIONS (result_col='says') AS SELECT image_path FROM {table}\n");
        predicted.Frame!.Columns.ShouldBe(["image_path", "says"]);
        predicted.Frame.Data[0][1].ShouldBeOneOf("red", "green", "blue");
        (await RunAsync(generation, $"PRINT IMAGE AS SELECT image_path FROM {table}\n")).Pictures.ShouldBe(["/home/jovyan/products/1.png"]);
        (await RunAsync(generation, "LIST TABLE\n")).Frame!.Data.Count.ShouldBeGreaterThan(0);
        (await RunAsync(generation, $"SELECT * FROM {table} WHERE false\n")).Frame!.Data.ShouldBeEmpty();
        (await RunAsync(generation, $"SELECT * FROM {table} WHERE image_path LIKE '%png'\n")).Frame!.Data.Count.ShouldBe(1);
        (await RunAsync(generation, "SELECT * FROM nowhere\n")).Error!.ShouldContain("nowhere");
        (await RunAsync(generation, $"DROP TABLE {table}\n")).Error!.ShouldContain("scope");
        (await RunAsync(generation, $"DROP TABLE {table}\n", TokenScope.Write)).Printed.ShouldBe(["Success"]);
    }

    [Fact]
    public async Task One_login_serves_a_notebook_until_it_is_ended()
    {
        var (first, second) = (await UserAsync(), await UserAsync());
        second.ShouldBe(first);

        using var closed = await host.Client(TokenScope.Admin).DeleteAsync(new Uri("/api/v1/logins", UriKind.Relative), CancellationToken.None);

        (await UserAsync()).ShouldNotBe(first);
    }

    [Fact]
    public async Task Tokens_that_search_are_not_let_in_and_the_tutorials_client_is_handed_no_login()
    {
        using var socket = new ClientWebSocket();
        var address = new Uri($"ws://{host.Address.Authority}/v3/ws/v1/query?api_token={host.Secret(TokenScope.Search)}");
        await Should.ThrowAsync<WebSocketException>(() => socket.ConnectAsync(address, CancellationToken.None));

        (await FieldsAsync("/ws/v1/query")).ShouldBe(["df", "print", "print_option"]);
        (await FieldsAsync("/v3/ws/v1/query")).ShouldBe(
            ["workspace_db_info", "response_type", "query_string", "extra_query_string", "print", "print_option"]);
    }

    private Task<PythonNotebook.Shown> RunAsync(string generation, string cell, TokenScope scope = TokenScope.Query) =>
        PythonNotebook.RunAsync(generation, host.Address, host.Secret(scope), cell);

    private async Task<string?> UserAsync() =>
        (await ResultAsync("/v3/ws/v1/query")).GetProperty("data").GetProperty("workspace_db_info").GetProperty("user").GetString();

    private async Task<IEnumerable<string>> FieldsAsync(string path) =>
        (await ResultAsync(path)).GetProperty("data").EnumerateObject().Select(field => field.Name);

    private async Task<JsonElement> ResultAsync(string path)
    {
        using var socket = new ClientWebSocket();
        var address = new Uri($"ws://{host.Address.Authority}{path}?api_token={host.Secret(TokenScope.Admin)}");
        await socket.ConnectAsync(address, CancellationToken.None);
        var statement = Encoding.UTF8.GetBytes("""{"query_string": "SELECT 1 AS x", "query_type": "psql"}""");
        await socket.SendAsync(statement, WebSocketMessageType.Text, true, CancellationToken.None);
        while (await Client029.ReceiveAsync(socket) is { } frame)
        {
            if (frame.GetProperty("output_type").GetString() == "RESULT")
                return frame.GetProperty("output_message");
        }
        throw new InvalidOperationException("no result");
    }
}
