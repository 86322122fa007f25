using Microsoft.Extensions.Logging.Abstractions;
using ThanoSql.Catalog;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Program;

/// <summary><c>thanosql labels …</c> and <c>thanosql webhook …</c>, as a person types them.</summary>
public sealed class LabelAndWebhookCommandTests(PostgresServer postgres) : IClassFixture<PostgresServer>, IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("labels-").FullName;

    public async ValueTask InitializeAsync()
    {
        await new Migrator(postgres.DataSource, NullLogger<Migrator>.Instance).RunAsync(CancellationToken.None);
        await using var command = postgres.DataSource.CreateCommand("""
            INSERT INTO thanosql.pipeline (name, bucket, prefix, table_name, definition, model_name)
                VALUES ('shop', 'workspace', 'shop/', 'shop', '{"name": "shop", "bucket": "workspace", "prefix": "shop/", "table": "shop",
                    "model": {"name": "unborn"}}', 'unborn') ON CONFLICT DO NOTHING;
            INSERT INTO thanosql.image (bucket, key) VALUES ('workspace', 'shop/1.png'), ('workspace', 'shop/2.png') ON CONFLICT DO NOTHING;
            """);
        await command.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_file_is_imported_with_a_summary_of_the_lines_that_were_refused_and_exported_again()
    {
        var (wanted, written) = (Path.Combine(_folder, "in.csv"), Path.Combine(_folder, "out.csv"));
        await File.WriteAllTextAsync(
            wanted, "label,path,note\r\n\"배, 나주\",shop/1.png,\r\n,shop/2.png,\r\n감,shop/nowhere.png,\"two\nlines\"\r\n감,./shop/2.png,\r\n",
            TestContext.Current.CancellationToken);

        var import = await RunAsync("labels", "import", wanted);
        var export = await RunAsync("labels", "export", written);

        import.Code.ShouldBe(1);
        import.Output.ShouldContain("2 label(s) set.");
        import.Output.ShouldContain("line 3: the label is empty");
        import.Output.ShouldContain("line 4: No pipeline shows a picture 'shop/nowhere.png'.");
        import.Output.ShouldContain("2 of 4 line(s) were refused.");
        export.Code.ShouldBe(0, export.Output);
        var lines = (await File.ReadAllTextAsync(written, TestContext.Current.CancellationToken)).Split("\r\n");
        lines[1].ShouldStartWith("shop/1.png,\"배, 나주\",command line (");
        lines[2].ShouldStartWith("shop/2.png,감,command line (");
        await using var audit = postgres.DataSource.CreateCommand(
            "SELECT count(*) FROM thanosql.audit WHERE kind = 'label' AND who LIKE 'command line (%'");
        (await audit.ExecuteScalarAsync(TestContext.Current.CancellationToken)).ShouldBe(2L);
    }

    [Fact]
    public async Task A_receiver_is_added_with_a_secret_that_is_told_once()
    {
        var added = await RunAsync("webhook", "add", "https://shop.example/hooks", "--events", "image.gone, run.failed", "--table", "shop");
        var list = await RunAsync("webhook", "list");

        added.Code.ShouldBe(0, added.Output);
        added.Output.ShouldContain("whsec_");
        list.Output.ShouldContain("run.failed");
        list.Output.ShouldNotContain("whsec_");
    }

    private async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        await using var program = ThanoSqlProcess.Start(
            new Dictionary<string, string> { ["Database__ConnectionString"] = postgres.ConnectionString }, arguments);
        return (await program.WaitForExitAsync(), program.Output);
    }
}
