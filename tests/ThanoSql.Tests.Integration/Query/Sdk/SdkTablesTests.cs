using System.Text;
using System.Text.Json;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Query.Sdk;

/// <summary>The SDK's <c>client.table</c>, <c>client.schema</c> and <c>client.view</c>.</summary>
public sealed class SdkTablesTests(QueryHost host) : IClassFixture<QueryHost>
{
    private readonly string _name = $"t_{Guid.NewGuid():N}";

    [Fact]
    public async Task A_table_is_made_described_changed_and_deleted()
    {
        using var sdk = Sdk();
        var made = (await sdk.SendAsync("post", $"/api/v1/table/{_name}?schema=public&if_not_exists=False", new
        {
            table = new
            {
                columns = new object[]
                {
                    new { id = (int?)null, name = "번호", type = "serial", is_nullable = true, @default = (string?)null },
                    new { name = "na\"me", type = "varchar(20)", is_nullable = false, @default = "'a, (b)'::text -- 'not the end" },
                    new { name = "seen", type = "timestamp", is_nullable = true },
                },
                constraints = new
                {
                    primary_key = new { name = "pk_" + _name, columns = new[] { "번호" } },
                    unique = new[] { new { columns = new[] { "na\"me" } } },
                },
            },
        })).Body.GetProperty("table");

        made.GetProperty("name").GetString().ShouldBe(_name);
        made.GetProperty("schema").GetString().ShouldBe("public");
        var columns = made.GetProperty("columns").EnumerateArray().ToList();
        columns.Select(c => c.GetProperty("type").GetString()).ShouldBe(["integer", "character varying(20)", "timestamp without time zone"]);
        columns[1].GetProperty("name").GetString().ShouldBe("na\"me");
        columns[1].GetProperty("is_nullable").GetBoolean().ShouldBeFalse();
        columns[1].GetProperty("default").GetString()!.ShouldContain("a, (b)");
        made.GetProperty("constraints").GetProperty("primary_key").GetProperty("columns")[0].GetString().ShouldBe("번호");
        made.GetProperty("constraints").GetProperty("unique").GetArrayLength().ShouldBe(1);

        // The SDK's own way of changing one: all that it was told, with a difference
        var table = JsonSerializer.SerializeToNode(made)!;
        table["name"] = _name + "_b";
        table["columns"]!.AsArray().RemoveAt(2);
        table["columns"]!.AsArray().Add(JsonSerializer.SerializeToNode(new { name = "price", type = "double precision" }));
        table["constraints"] = JsonSerializer.SerializeToNode(new { primary_key = new { columns = new[] { "번호" } } });
        var changed = (await sdk.SendAsync("put", $"/api/v1/table/{_name}", new { table })).Body.GetProperty("table");

        changed.GetProperty("name").GetString().ShouldBe(_name + "_b");
        changed.GetProperty("columns").EnumerateArray().Select(c => c.GetProperty("name").GetString()).ShouldBe(["번호", "na\"me", "price"]);
        changed.GetProperty("constraints").GetProperty("unique").GetArrayLength().ShouldBe(0);
        changed.GetProperty("constraints").GetProperty("primary_key").GetProperty("name").GetString().ShouldBe("pk_" + _name);
        (await sdk.SendAsync("get", $"/api/v1/table/{_name}")).Error.Code.ShouldBe(404);

        var gone = (await sdk.SendAsync("delete", $"/api/v1/table/{_name}_b?schema=public")).Body;
        gone.GetProperty("table_name").GetString().ShouldBe(_name + "_b");
        gone.GetProperty("schema").GetString().ShouldBe("public");
        (await sdk.SendAsync("delete", $"/api/v1/table/{_name}_b")).Error.Code.ShouldBe(404);
    }

    [Fact]
    public async Task A_type_is_changed_and_one_that_only_reads_otherwise_is_not()
    {
        using var sdk = Sdk();
        await QueryAsync(
            $"CREATE TABLE {_name} (a text DEFAULT '1', b timestamptz(3)); INSERT INTO {_name} VALUES ('7')",
            $"CREATE VIEW v{_name} AS SELECT b FROM {_name}");

        var changed = (await sdk.SendAsync("put", $"/api/v1/table/{_name}", new
        {
            table = new { columns = new[] { new { name = "a", type = "int" }, new { name = "b", type = "timestamp(3) with time zone" } } },
        })).Body.GetProperty("table");

        changed.GetProperty("columns")[0].GetProperty("type").GetString().ShouldBe("integer");
        changed.GetProperty("columns")[0].GetProperty("default").ValueKind.ShouldBe(JsonValueKind.Null);
        (await host.RowsAsync($"SELECT a FROM {_name}")).GetProperty("data")[0][0].GetInt32().ShouldBe(7);
    }

    [Fact]
    public async Task What_cannot_be_done_is_said_with_the_SDKs_code()
    {
        using var sdk = Sdk();
        var empty = new { table = new { columns = (object?)null, constraints = (object?)null } };
        _ = (await sdk.SendAsync("post", $"/api/v1/table/{_name}", empty)).Body;

        (await sdk.SendAsync("post", $"/api/v1/table/{_name}", empty)).Error.Code.ShouldBe(409);
        _ = (await sdk.SendAsync("post", $"/api/v1/table/{_name}?if_not_exists=True", empty)).Body;
        (await sdk.SendAsync("post", $"/api/v1/table/x?schema={_name}", empty)).Error.Code.ShouldBe(404);
        (await sdk.SendAsync("post", $"/api/v1/table/x?if_not_exists=maybe", empty)).Error.Code.ShouldBe(400);
        (await sdk.SendAsync("get", $"/api/v1/table/?schema={_name}")).Error.Code.ShouldBe(404);
        (await sdk.SendAsync("get", "/api/v1/table/?limit=-1")).Error.Code.ShouldBe(400);
        (await sdk.SendAsync("delete", $"/api/v1/table/{_name}?schema=nowhere")).Error.Code.ShouldBe(404);
        (await sdk.SendAsync("post", "/api/v1/table/x", new
        {
            table = new { columns = Columns(("a", "text")), constraints = new { primary_key = new { columns = new[] { "b" } } } },
        })).Error.Code.ShouldBe(400);
        (await sdk.SendAsync("post", "/api/v1/table/x", "{\"table\": [}")).Error.Code.ShouldBe(400);
        (await sdk.SendAsync("post", $"/api/v1/table/{new string('한', 22)}", empty)).Error.Message.ShouldContain("63 bytes");
    }

    [Theory]
    [InlineData("text); DROP TABLE victim; --", null)]
    [InlineData("text PRIMARY KEY", null)]
    [InlineData("text, evil text", null)]
    [InlineData("text--", null)]
    [InlineData("text/**/", null)]
    [InlineData("nosuchtype", null)]
    [InlineData("text", "'a'), evil text DEFAULT ('b'")]
    [InlineData("text", "'a'); DROP TABLE victim; --")]
    [InlineData("text", "'a' /* not closed")]
    [InlineData("text", "$1")]
    [InlineData("text", "")]
    [InlineData("text", "(SELECT 'a')")]
    public async Task Neither_a_type_nor_a_default_says_more_than_one(string type, string? value)
    {
        using var sdk = Sdk();

        var column = new { name = "a", type, @default = value };
        var reply = await sdk.SendAsync("post", $"/api/v1/table/{_name}", new { table = new { columns = new[] { column } } });

        reply.Error.Code.ShouldBe(400, reply.Text);
        (await sdk.SendAsync("get", $"/api/v1/table/{_name}")).Error.Code.ShouldBe(404);
    }

    [Theory]
    [InlineData("x\"; DROP TABLE victim; --")]
    [InlineData("상품 이름")]
    [InlineData("a.b")]
    [InlineData("SELECT")]
    public async Task A_name_is_a_name_whatever_it_holds(string name)
    {
        using var sdk = Sdk();
        var (address, column) = (Uri.EscapeDataString(name), name + "'");
        _ = (await sdk.SendAsync("post", $"/api/v1/table/{address}?if_not_exists=True", new
        {
            table = new
            {
                columns = Columns((column, "text")),
                constraints = new { unique = new[] { new { name = name + "?", columns = new[] { column } } } },
            },
        })).Body;
        _ = (await sdk.SendAsync("post", $"/api/v1/table/{address}/records", new[] { new Dictionary<string, string> { [column] = "1" } })).Body;

        var records = (await sdk.SendAsync("get", $"/api/v1/table/{address}/records")).Body.GetProperty("records");
        records[0].GetProperty(column).GetString().ShouldBe("1");
        (await sdk.SendAsync("get", $"/api/v1/table/{address}/records/csv")).Text.ShouldContain(column.Replace("\"", "\"\""));
        _ = (await sdk.SendAsync("delete", $"/api/v1/table/{address}")).Body;
    }

    [Fact]
    public async Task Tables_are_listed_a_page_at_a_time_and_none_of_the_products_own()
    {
        using var sdk = Sdk(TokenScope.Query);
        foreach (var last in "abc")
            await QueryAsync($"CREATE TABLE {_name}{last} (n int)");

        var all = (await sdk.SendAsync("get", "/api/v1/table/?limit=1000")).Body.GetProperty("tables").EnumerateArray().ToList();
        var position = all.FindIndex(t => t.GetProperty("name").GetString() == _name + "a");
        var address = $"/api/v1/table/?schema=public&verbose=True&offset={position + 1}&limit=1";
        var page = (await sdk.SendAsync("get", address)).Body.GetProperty("tables");

        all.ShouldNotContain(t => t.GetProperty("schema").GetString()!.StartsWith("thanosql"));
        all[position].GetProperty("columns").ValueKind.ShouldBe(JsonValueKind.Null);
        page.EnumerateArray().Single().GetProperty("name").GetString().ShouldBe(_name + "b");
        page[0].GetProperty("columns")[0].GetProperty("type").GetString().ShouldBe("integer");
        (await sdk.SendAsync("get", "/api/v1/table/token?schema=thanosql")).Error.Code.ShouldBe(404);
    }

    [Fact]
    public async Task Records_come_as_JSON_has_them_a_page_at_a_time()
    {
        using var sdk = Sdk(TokenScope.Query);
        await QueryAsync(
            $"CREATE TABLE {_name} AS SELECT i AS n, CASE i WHEN 3 THEN 'NaN'::float8 ELSE i / 2.0 END AS half, '가'::text AS t, "
            + "timestamptz '2026-01-02 03:04:05+09' AS seen, ARRAY[1, 2] AS list, '{\"a\": 1}'::jsonb AS j FROM generate_series(1, 250) i");

        var page = (await sdk.SendAsync("get", $"/api/v1/table/{_name}/records?schema=public&offset=2&limit=2")).Body;
        var usual = (await sdk.SendAsync("get", $"/api/v1/table/{_name}/records")).Body;

        page.GetProperty("total").GetInt64().ShouldBe(250);
        page.GetProperty("records").ToString().ShouldBe(
            """[{"n":3,"half":null,"t":"가","seen":"2026-01-01T18:04:05Z","list":[1,2],"j":{"a": 1}},"""
            + """{"n":4,"half":2,"t":"가","seen":"2026-01-01T18:04:05Z","list":[1,2],"j":{"a": 1}}]""");
        usual.GetProperty("records").GetArrayLength().ShouldBe(100);
        (await sdk.SendAsync("get", $"/api/v1/table/{_name}/records?limit=100000")).Error.Code.ShouldBe(400);
    }

    [Fact]
    public async Task A_page_that_is_too_large_is_refused_and_a_whole_table_goes_as_CSV()
    {
        using var sdk = Sdk(TokenScope.Query);
        await QueryAsync($"CREATE TABLE {_name} AS SELECT i AS n, repeat('가', 10000) || '\"' AS t FROM generate_series(1, 300) i");

        (await sdk.SendAsync("get", $"/api/v1/table/{_name}/records?limit=300")).Error.Message.ShouldContain("limit=10");
        var csv = await sdk.SendAsync("get", $"/api/v1/table/{_name}/records/csv?timezone_offset=9");

        csv.Status.ShouldBe(200);
        csv.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(301);
        csv.Text.ShouldStartWith("n,t\n1,\"가가");
        csv.Disposition!.Split("filename=")[1].ShouldMatch(@"\At_[0-9a-f]{32}_\d{8}_\d{6}\.csv\z");
    }

    [Fact]
    public async Task A_file_name_leads_nowhere_and_keeps_its_letters_where_it_can()
    {
        using var sdk = Sdk();
        await QueryAsync($"CREATE TABLE \"가..{_name}\" ()");

        var csv = await sdk.SendAsync("get", $"/api/v1/table/가..{_name}/records/csv");

        csv.Disposition!.Split("filename=")[1].ShouldStartWith($"-..{_name}");
        csv.Disposition.ShouldContain("filename*=UTF-8''%EA%B0%80");
    }

    [Fact]
    public async Task Records_are_inserted_as_the_columns_types_have_them_and_all_or_none()
    {
        using var sdk = Sdk();
        await QueryAsync($"CREATE TABLE {_name} (n int PRIMARY KEY, t text DEFAULT 'd', a int[], seen date)");
        var records = $"/api/v1/table/{_name}/records";

        var answer = (await sdk.SendAsync("post", $"{records}?schema=public", """[{"n": 1, "a": [1, 2], "seen": "2026-02-28"}, {"n": 2}]""")).Body;
        answer.GetProperty("table").GetProperty("name").GetString().ShouldBe(_name);
        (await sdk.SendAsync("post", records, """[{"n": 3}, {"n": 1}]""")).Error.Code.ShouldBe(409);
        _ = (await sdk.SendAsync("post", $"{records}?on_conflict=skip", """[{"n": 3}, {"n": 1}]""")).Body;
        (await sdk.SendAsync("post", records, """[{"n": 4, "language": "Python"}]""")).Error.Code.ShouldBe(400);
        (await sdk.SendAsync("post", records, """[{"n": "four"}]""")).Error.Code.ShouldBe(400);
        (await sdk.SendAsync("post", records, """[{"n": 4, "t": NaN}]""")).Error.Message.ShouldContain("NaN");
        (await sdk.SendAsync("post", records, """[{"n": 4, "t": "\u0000"}]""")).Error.Code.ShouldBe(400);
        (await sdk.SendAsync("post", records, """{"n": 4}""")).Error.Code.ShouldBe(400);
        (await sdk.SendAsync("post", $"{records}?on_conflict=update", """[{"n": 4}]""")).Error.Code.ShouldBe(400);

        (await host.RowsAsync($"SELECT n, t, a, seen FROM {_name} ORDER BY n")).GetProperty("data").ToString().ShouldBe(
            """[[1,"d",[1,2],"2026-02-28"],[2,"d",null,null],[3,"d",null,null]]""");
    }

    [Fact]
    public async Task A_CSV_becomes_a_table_as_COPY_makes_one()
    {
        using var sdk = Sdk();
        var csv = Encoding.UTF8.GetBytes("\uFEFFimage_path,가격,seen\na.jpg,100,2026-01-02\n\"b, \"\"c\"\".jpg\",,2026-01-03\n");
        var address = $"/api/v1/table/{_name}/upload/csv?schema=public";

        var made = (await sdk.UploadAsync($"{address}&if_exists=append", "x.csv", csv)).Body.GetProperty("table");
        made.GetProperty("columns").EnumerateArray().Select(c => c.GetProperty("type").GetString())
            .ShouldBe(["text", "bigint", "timestamp without time zone"]);
        (await sdk.UploadAsync(address, "x.csv", csv)).Error.Code.ShouldBe(409);
        _ = (await sdk.UploadAsync($"{address}&if_exists=append", "x.csv", csv)).Body;
        (await sdk.UploadAsync($"{address}&if_exists=append", "x.csv", "other\n1\n"u8.ToArray())).Error.Code.ShouldBe(400);
        (await host.RowsAsync($"SELECT count(*) FROM {_name}")).GetProperty("data")[0][0].GetInt32().ShouldBe(4);

        // As its own description says, not as its values look
        var table = new { columns = Columns(("image_path", "varchar"), ("가격", "numeric"), ("seen", "date")) };
        var replaced = (await sdk.UploadAsync($"{address}&if_exists=replace", "x.csv", csv, new { table })).Body.GetProperty("table");
        replaced.GetProperty("columns")[2].GetProperty("type").GetString().ShouldBe("date");
        (await sdk.UploadAsync($"{address}&if_exists=replace", "x.csv", csv, new { table = new { columns = Columns(("n", "int")) } }))
            .Error.Code.ShouldBe(400);
        (await host.RowsAsync($"SELECT count(*) FROM {_name}")).GetProperty("data")[0][0].GetInt32().ShouldBe(2, "a refused upload changes nothing");

        (await sdk.UploadAsync($"{address}&if_exists=random", "x.csv", csv)).Error.Code.ShouldBe(400);
        (await sdk.UploadAsync("/api/v1/table/x/upload/csv?schema=nowhere", "x.csv", csv)).Error.Code.ShouldBe(404);
        (await sdk.UploadAsync("/api/v1/table/x/upload/csv", "x.csv", [])).Error.Message.ShouldContain("empty");
    }

    [Fact]
    public async Task A_workbook_becomes_a_table_as_COPY_makes_one()
    {
        using var sdk = Sdk();
        var book = TestWorkbook.Of(TestWorkbook.Row(1, "image_path", "가격"), TestWorkbook.Row(2, "a.jpg", 100), TestWorkbook.Row(3, "b.jpg", null));
        var address = $"/api/v1/table/{_name}/upload/excel?if_exists=replace";

        var made = (await sdk.UploadAsync(address, "x.xlsx", book)).Body.GetProperty("table");
        made.GetProperty("columns").EnumerateArray().Select(c => c.GetProperty("type").GetString()).ShouldBe(["text", "bigint"]);
        (await host.RowsAsync($"SELECT * FROM {_name}")).GetProperty("data").ToString().ShouldBe("""[["a.jpg",100],["b.jpg",null]]""");

        (await sdk.UploadAsync(address, "x.xlsx", book[..200])).Error.Message.ShouldContain("no XLSX workbook");
        (await sdk.UploadAsync(address, "x.xls", [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1])).Error.Code.ShouldBe(422);
        (await host.RowsAsync($"SELECT count(*) FROM {_name}")).GetProperty("data")[0][0].GetInt32().ShouldBe(2, "a refused upload changes nothing");
    }

    [Fact]
    public async Task A_data_frame_becomes_a_table()
    {
        using var sdk = Sdk();
        var address = $"/api/v1/table/{_name}/upload/json?if_exists=replace";

        _ = (await sdk.SendAsync("post", address, """{"data": [{"name": "사과", "price": 1.5}, {"name": null, "price": 2}]}""")).Body;
        (await sdk.SendAsync("post", address, """{"data": [{"name": "x"}], "table": {"columns": [{"name": "n", "type": "int"}]}}"""))
            .Error.Code.ShouldBe(400);
        (await sdk.SendAsync("post", address, """{"data": [{"price": NaN}]}""")).Error.Message.ShouldContain("NaN");
        (await sdk.SendAsync("post", address, """{"table": null}""")).Error.Code.ShouldBe(400);

        (await host.RowsAsync($"SELECT * FROM {_name}")).GetProperty("data").ToString().ShouldBe("""[["사과",1.5],[null,2]]""");
    }

    [Fact]
    public async Task As_many_columns_as_PostgreSQL_takes_and_no_more()
    {
        using var sdk = Sdk();
        Task<SdkReply> SendAsync(int columns) => sdk.SendAsync("post", $"/api/v1/table/{_name}", new
        {
            table = new { columns = Enumerable.Range(0, columns).Select(i => new { name = $"c{i}", type = "int" }) },
        });

        (await SendAsync(1601)).Error.Code.ShouldBe(400);
        (await SendAsync(1600)).Body.GetProperty("table").GetProperty("columns").GetArrayLength().ShouldBe(1600);
        (await sdk.SendAsync("get", $"/api/v1/table/{_name}/records")).Body.GetProperty("total").GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task Of_two_that_make_a_table_at_once_one_does()
    {
        using var sdk = Sdk();
        var replies = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ =>
            sdk.SendAsync("post", $"/api/v1/table/{_name}", new { table = new { columns = new[] { new { name = "a", type = "text" } } } })));

        replies.Count(r => r.Status == 200).ShouldBe(1);
        replies.Where(r => r.Status != 200).ShouldAllBe(r => r.Error.Code == 409);
    }

    [Fact]
    public async Task A_token_does_what_its_scope_says()
    {
        await QueryAsync($"CREATE TABLE {_name} (n int)");
        using var reader = Sdk(TokenScope.Query);
        using var searcher = Sdk(TokenScope.Search);

        _ = (await reader.SendAsync("get", $"/api/v1/table/{_name}")).Body;
        (await reader.SendAsync("post", $"/api/v1/table/{_name}/records", """[{"n": 1}]""")).Error.Code.ShouldBe(403);
        (await reader.SendAsync("delete", $"/api/v1/table/{_name}")).Error.Code.ShouldBe(403);
        (await reader.SendAsync("put", $"/api/v1/table/{_name}", new { table = new { name = "x" } })).Error.Code.ShouldBe(403);
        (await searcher.SendAsync("get", $"/api/v1/table/{_name}")).Error.Code.ShouldBe(403);
        using var nobody = new SdkCalls(host, "wrong");
        (await nobody.SendAsync("get", "/api/v1/table/")).Error.Code.ShouldBe(401);
    }

    [Fact]
    public async Task Schemas_are_listed_and_not_made()
    {
        using var sdk = Sdk();

        var names = (await sdk.SendAsync("get", "/api/v1/schema/")).Body.GetProperty("schemas").EnumerateArray()
            .Select(s => s.GetProperty("name").GetString()).ToList();

        names.ShouldBe(["public", "qm"]);
        (await sdk.SendAsync("post", $"/api/v1/schema/{_name}")).Error.Code.ShouldBe(403);
        (await sdk.SendAsync("post", "/api/v1/schema/x%22%3B%20DROP%20SCHEMA%20public")).Error.Code.ShouldBe(403);
    }

    [Fact]
    public async Task Views_are_listed_described_and_deleted()
    {
        using var sdk = Sdk();
        await QueryAsync(
            $"CREATE TABLE {_name} (n int)", $"CREATE VIEW v{_name} AS SELECT n + 1 AS m FROM {_name}",
            $"CREATE MATERIALIZED VIEW m{_name} AS SELECT 1 AS one");

        var listed = (await sdk.SendAsync("get", "/api/v1/view/?schema=public&verbose=True&limit=100"))
            .Body.GetProperty("views").EnumerateArray().ToList();
        listed.Count(v => v.GetProperty("name").GetString()!.EndsWith(_name)).ShouldBe(2);
        var view = (await sdk.SendAsync("get", $"/api/v1/view/v{_name}")).Body.GetProperty("view");
        view.EnumerateObject().Select(p => p.Name).ShouldBe(["name", "schema", "columns", "definition"]);
        view.GetProperty("definition").GetString()!.ShouldContain("+ 1");
        view.GetProperty("columns")[0].GetProperty("type").GetString().ShouldBe("integer");

        (await sdk.SendAsync("delete", $"/api/v1/view/v{_name}")).Body.GetProperty("view_name").GetString().ShouldBe("v" + _name);
        _ = (await sdk.SendAsync("delete", $"/api/v1/view/m{_name}")).Body;
        (await sdk.SendAsync("get", $"/api/v1/view/v{_name}")).Error.Code.ShouldBe(404);
        (await sdk.SendAsync("delete", $"/api/v1/view/{_name}")).Error.Code.ShouldBe(404, "a table is no view");
        (await sdk.SendAsync("get", "/api/v1/view/?schema=thanosql")).Error.Code.ShouldBe(404);
    }

    private static object[] Columns(params (string Name, string Type)[] columns) =>
        [.. columns.Select(c => new { name = c.Name, type = c.Type })];

    private SdkCalls Sdk(TokenScope scope = TokenScope.Write) => new(host, host.Secret(scope));

    private async Task QueryAsync(params string[] statements)
    {
        foreach (var statement in statements.SelectMany(s => s.Split("; ")))
            (await host.QueryAsync(statement)).Status.ShouldBe(200, statement);
    }
}
