using System.Text;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Storage;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Query;

public sealed class CopyTests(QueryHost host) : IClassFixture<QueryHost>
{
    [Fact]
    public async Task A_CSV_of_the_tutorial_becomes_a_table_in_the_order_of_the_file()
    {
        await FileAsync(
            "thanosql-dataset/diet_data/diet.csv", "\uFEFFimage_path,label\r\n\"diet/사과 1.jpg\",사과파이\r\ndiet/2.jpg,\"백, \"\"향과\"\"\"\r\n");

        var (status, body) = await host.QueryAsync("COPY diet \nOPTIONS (overwrite=True)\nFROM \"thanosql-dataset/diet_data/diet.csv\"");

        status.ShouldBe(200, body.ToString());
        body.GetProperty("data").GetProperty("df").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        (await host.RowsAsync("SELECT * FROM diet")).GetProperty("data").ToString().ShouldBe(
            """[["diet/사과 1.jpg","사과파이"],["diet/2.jpg","백, \"향과\""]]""");
        (await host.QueryAsync("COPY diet FROM 'thanosql-dataset/diet_data/diet.csv'")).Status.ShouldBe(409);
        (await host.QueryAsync("COPY diet OPTIONS (if_exists='append') FROM 'thanosql-dataset/diet_data/diet.csv'")).Status.ShouldBe(200);
        (await host.RowsAsync("SELECT count(*) FROM diet")).GetProperty("data")[0][0].GetInt32().ShouldBe(4);
        (await host.QueryAsync("DROP TABLE diet")).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("s3://linkbucket/secret.csv")]
    [InlineData("linked.csv")]
    [InlineData("linked-folder/secret.csv")]
    public async Task A_link_out_of_the_store_is_not_copied_into_a_table(string path)
    {
        var outside = Directory.CreateTempSubdirectory("thanosql-outside-").FullName;
        var secret = Path.Combine(outside, "secret.csv");
        await File.WriteAllTextAsync(secret, "a,b\nhunter2,1\n", TestContext.Current.CancellationToken);
        await host.Store.EnsureBucketAsync("workspace", TestContext.Current.CancellationToken);
        string[] links = [Path.Combine(host.Folder, "linkbucket"), Path.Combine(host.Folder, "workspace", "linked-folder")];
        foreach (var link in links)
            Directory.CreateSymbolicLink(link, outside);
        var file = Path.Combine(host.Folder, "workspace", "linked.csv");
        File.CreateSymbolicLink(file, secret);
        try
        {
            var (status, body) = await host.QueryAsync($"COPY stolen FROM '{path}'");

            status.ShouldBe(400, body.ToString());
            body.GetProperty("message").GetString()!.ShouldContain("symbolic link");
            (await host.QueryAsync("SELECT * FROM stolen")).Status.ShouldBe(404);
        }
        finally
        {
            foreach (var link in links.Append(file))
                File.Delete(link);
            Directory.Delete(outside, recursive: true);
        }
    }

    [Theory]
    [InlineData("""[{"a":"\ud83c"}]""")]
    [InlineData("""[{"\ud83c":1}]""")]
    public async Task Records_that_are_no_text_are_refused(string records)
    {
        var (status, body) = await host.QueryAsync($"COPY half FROM '{records}'");

        status.ShouldBe(400, body.ToString());
        body.GetProperty("code").GetString().ShouldBe("bad_request");
    }

    [Fact]
    public async Task Types_are_narrow_only_where_every_value_agrees()
    {
        await FileAsync(
            "types.csv",
            "i,f,b,t,z,code,mixed,nothing\n1,1.5,True,2026-01-02,2026-01-02T03:04:05Z,007,1,\n" +
            "-20,2,false,2026-01-02 03:04:05,2026-01-02 03:04:05+09:00,008,x,\n,,,,,,,\n");

        (await host.QueryAsync("COPY typed FROM 'types.csv'")).Status.ShouldBe(200);

        var types = await host.RowsAsync(
            "SELECT data_type::text FROM information_schema.columns WHERE table_name = 'typed' ORDER BY ordinal_position");
        types.GetProperty("data").EnumerateArray().Select(r => r[0].GetString()).ShouldBe(
            ["bigint", "double precision", "boolean", "timestamp without time zone", "timestamp with time zone", "text", "text", "text"]);
        (await host.RowsAsync("SELECT count(*) FROM typed WHERE i IS NULL AND nothing IS NULL AND code IS NULL"))
            .GetProperty("data")[0][0].GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task A_table_as_Korean_Excel_saves_it_loses_nothing()
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        const string csv = "상품;바코드;코드;가격;재고\n사과 파이;12345678901234567890;007;₩9,900;N/A\n백향과;98765432109876543210;008;12,500;3\n";
        await host.Store.EnsureBucketAsync("workspace", TestContext.Current.CancellationToken);
        await host.Store.WriteAsync(
            new ObjectPath("workspace", "excel.csv"), new MemoryStream(Encoding.GetEncoding(949).GetBytes(csv)), null,
            TestContext.Current.CancellationToken);

        var (status, body) = await host.QueryAsync("COPY excel OPTIONS (if_exists='replace', thousands=',') FROM 'excel.csv'");

        status.ShouldBe(200, body.ToString());
        body.ToString().ShouldContain("CP949");
        body.ToString().ShouldContain("separated by ';'");
        body.ToString().ShouldContain("1 value(s) of column '재고'");
        (await host.RowsAsync("SELECT 상품, 바코드::text, 코드, 가격, 재고 FROM excel")).GetProperty("data").ToString().ShouldBe(
            """[["사과 파이","12345678901234567890","007",9900,null],["백향과","98765432109876543210","008",12500,3]]""");
        (await host.QueryAsync("COPY excel OPTIONS (if_exists='replace', encoding='utf-8') FROM 'excel.csv'")).Status.ShouldBe(400);
        (await host.QueryAsync("COPY excel OPTIONS (if_exists='replace', delimiter=',') FROM 'excel.csv'")).Status.ShouldBe(400);
    }

    [Fact]
    public async Task A_workbook_becomes_a_table_with_the_types_of_its_cells()
    {
        var file = TestWorkbook.Of(
        [
            ("설명", TestWorkbook.Row(1, "읽지 마세요")),
            ("재고", TestWorkbook.Row(1, "2024년 재고") + TestWorkbook.Row(3, "상품", "바코드", "코드", "입고", "재고")
                + TestWorkbook.Row(4, "사과 파이", 8_801_234_567_890, "007", TestWorkbook.Styled(45351, TestWorkbook.Date), "N/A")
                + TestWorkbook.Row(6, "백향과", 4_006_381_333_931, "008", TestWorkbook.Styled(45352, TestWorkbook.Date), 3)),
        ]);
        await FileAsync("excel.xlsx", file);

        var (status, body) = await host.QueryAsync("COPY book OPTIONS (if_exists='replace', sheet='재고', header_row=3) FROM 'excel.xlsx'");

        status.ShouldBe(200, body.ToString());
        body.ToString().ShouldContain("1 value(s) of column '재고'");
        (await host.RowsAsync("SELECT * FROM book")).GetProperty("data").ToString().ShouldBe(
            """[["사과 파이",8801234567890,"007","2024-02-29T00:00:00",null],["백향과",4006381333931,"008","2024-03-01T00:00:00",3]]""");
        (await host.QueryAsync("COPY book OPTIONS (if_exists='replace', sheet='없음') FROM 'excel.xlsx'")).Status.ShouldBe(404);
        (await host.QueryAsync("COPY book OPTIONS (if_exists='replace', encoding='cp949') FROM 'excel.xlsx'")).Status.ShouldBe(400);
    }

    [Fact]
    public async Task A_whole_number_of_the_records_that_no_bigint_holds_keeps_its_digits()
    {
        (await host.QueryAsync("""COPY big OPTIONS (if_exists='replace') FROM '[{"n":12345678901234567890},{"n":1}]'""")).Status.ShouldBe(200);
        (await host.RowsAsync("SELECT n::text FROM big")).GetProperty("data").ToString().ShouldBe("""[["12345678901234567890"],["1"]]""");
    }

    [Fact]
    public async Task Records_of_a_data_frame_become_a_table()
    {
        var (status, body) = await host.QueryAsync(
            """COPY frame OPTIONS (if_exists='replace') FROM '[{"n":1,"t":"it''s \"가\"","x":{"a":1},"f":1.5},{"n":2,"t":null,"x":[1],"f":2}]'""");

        status.ShouldBe(200, body.ToString());
        (await host.RowsAsync("SELECT * FROM frame")).GetProperty("data").ToString().ShouldBe("""[[1,"it's \"가\"",{"a": 1},1.5],[2,null,[1],2]]""");
    }

    [Fact]
    public async Task A_folder_of_pictures_becomes_paths_and_labels()
    {
        foreach (var name in new[] { "fruit/과일/1.jpg", "fruit/과일/2.PNG", "fruit/3.webp", "fruit/notes.txt" })
            await FileAsync(name, "x");

        (await host.QueryAsync("COPY fruit FROM 'fruit'")).Status.ShouldBe(200);

        (await host.RowsAsync("SELECT * FROM fruit ORDER BY image_path COLLATE \"C\"")).GetProperty("data").ToString()
            .ShouldBe("""[["fruit/3.webp",null],["fruit/과일/1.jpg","과일"],["fruit/과일/2.PNG","과일"]]""");
    }

    [Theory]
    [InlineData("a,b\n1\n", "line 2")]
    [InlineData("a,a\n1,2\n", "'a'")]
    [InlineData("a, a\n1,2\n", "'a'")]
    [InlineData("a,\n1,2\n", "no name")]
    [InlineData("a\n\"open\n", "never closed")]
    [InlineData("", "is empty")]
    public async Task A_broken_CSV_leaves_the_old_table_as_it_was(string csv, string expected)
    {
        await host.QueryAsync("CREATE TABLE IF NOT EXISTS kept AS SELECT 1 AS n");
        await FileAsync("broken.csv", csv);

        var (status, body) = await host.QueryAsync("COPY kept OPTIONS (if_exists='replace') FROM 'broken.csv'");

        status.ShouldBe(400, body.ToString());
        body.GetProperty("title").GetString()!.ShouldContain(expected);
        (await host.RowsAsync("SELECT n FROM kept")).GetProperty("data").ToString().ShouldBe("[[1]]");
    }

    [Theory]
    [InlineData("COPY t FROM 'nowhere.csv'", 404)]
    [InlineData("COPY t FROM '../../etc/passwd'", 400)]
    [InlineData("COPY t FROM '/etc/passwd'", 400)]
    [InlineData("COPY t FROM 's3://workspace/../x.csv'", 400)]
    [InlineData("COPY t FROM 'table.xlsx'", 404)]
    [InlineData("COPY t FROM 'table.pkl'", 422)]
    [InlineData("COPY t OPTIONS (header_row=0) FROM 'table.xlsx'", 400)]
    [InlineData("COPY thanosql.token OPTIONS (overwrite=True) FROM '[{\"name\":\"mine\"}]'", 403)]
    [InlineData("COPY t OPTIONS (overwrite='yes') FROM 'x.csv'", 400)]
    [InlineData("COPY t OPTIONS (overwrit=True) FROM 'x.csv'", 400)]
    [InlineData("COPY t FROM '[1, 2]'", 400)]
    [InlineData("COPY t FROM '[]'", 400)]
    public async Task A_wrong_COPY_says_what_is_wrong(string statement, int expected)
    {
        var (status, body) = await host.QueryAsync(statement);

        status.ShouldBe(expected, body.ToString());
        body.GetProperty("position").GetProperty("line").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task A_copied_table_belongs_to_the_users_role()
    {
        await host.QueryAsync("COPY owned FROM '[{\"n\":1}]'");

        (await host.OwnerAsync<bool>("SELECT tableowner = current_database() || '_write' FROM pg_tables WHERE tablename = 'owned'")).ShouldBeTrue();
        (await host.RowsAsync("SELECT n FROM owned", TokenScope.Query)).GetProperty("data").ToString().ShouldBe("[[1]]");
    }

    private Task FileAsync(string key, string text) => FileAsync(key, Encoding.UTF8.GetBytes(text));

    private async Task FileAsync(string key, byte[] bytes)
    {
        await host.Store.EnsureBucketAsync("workspace", CancellationToken.None);
        using var content = new MemoryStream(bytes);
        await host.Store.WriteAsync(new ObjectPath("workspace", key), content, null, CancellationToken.None);
    }
}
