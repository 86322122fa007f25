using System.Diagnostics;
using Npgsql;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Catalog;

/// <summary>infra/backup/dump.sh, as the nightly job runs it: as the plain owner, over the catalog and what users made.</summary>
public sealed class DumpTests(PostgresServer postgres) : IClassFixture<PostgresServer>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("thanosql-dump-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_owner_dumps_everything_and_the_last_ones_are_kept()
    {
        await using var world = await CatalogWorld.CreateAsync(postgres);
        const string goods = "CREATE TABLE public.goods (image_path text); INSERT INTO public.goods VALUES ('사과.jpg')";
        await using (var session = await postgres.Sessions.OpenAsync(Cancellation))
            await session.Command(goods).ExecuteNonQueryAsync(Cancellation);
        foreach (var old in Enumerable.Range(1, 14))
            await File.WriteAllTextAsync(Path.Combine(_folder, $"thanosql-200001{old:00}T000000Z.dump"), "", Cancellation);

        var (code, said) = await DumpAsync(postgres.ConnectionString);

        code.ShouldBe(0, said);
        var kept = Directory.GetFiles(_folder).Order().ToList();
        kept.Count.ShouldBe(14);
        kept[0].ShouldEndWith("thanosql-20000102T000000Z.dump");
        var rows = await RunAsync("pg_restore", ["--data-only", "--table=goods", "--file=-", kept[^1]]);
        rows.Said.ShouldContain("사과.jpg");
        (await RunAsync("pg_restore", ["--list", kept[^1]])).Said.ShouldContain("TABLE DATA thanosql image ");
    }

    [Fact]
    public async Task A_dump_that_fails_leaves_nothing_and_says_so()
    {
        var wrong = new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Password = "wrong" };

        var (code, said) = await DumpAsync(wrong.ConnectionString);

        code.ShouldNotBe(0);
        said.ShouldContain("authentication failed");
        Directory.GetFiles(_folder).ShouldBeEmpty();
    }

    private Task<(int Code, string Said)> DumpAsync(string connection)
    {
        var settings = new NpgsqlConnectionStringBuilder(connection);
        var database = $"host={settings.Host} port={settings.Port} user={settings.Username} password={settings.Password} dbname={settings.Database}";
        return RunAsync("bash", [Repository.File("infra/backup/dump.sh"), _folder], database);
    }

    private static async Task<(int Code, string Said)> RunAsync(string program, string[] arguments, string? database = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DATABASE"] = database;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(Cancellation);
        var said = await process.StandardOutput.ReadToEndAsync(Cancellation) + await errors;
        await process.WaitForExitAsync(Cancellation);
        return (process.ExitCode, said);
    }
}
