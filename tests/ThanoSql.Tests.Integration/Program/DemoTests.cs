using Npgsql;
using ThanoSql.Indexer.EmbeddedPostgreSql;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Program;

/// <summary>The program as a newcomer starts it: a process of its own, with the embedded PostgreSQL.</summary>
public sealed class DemoTests : IAsyncLifetime
{
    // Below /var/tmp: PostgreSQL's ordinary user must be able to enter it, and /tmp may be small.
    private readonly string _home = Path.Combine("/var/tmp", $"thanosql-demo-{Guid.NewGuid():N}");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await ThanoSqlProcess.StopDatabaseAsync(_home);
        if (Directory.Exists(_home))
            Directory.Delete(_home, recursive: true);
    }

    [Fact]
    public async Task The_demo_finishes_after_being_killed_again_and_again_without_a_lost_or_doubled_row()
    {
        foreach (var moment in new[] { "making the database", "GET THANOSQL DATASET", "BUILD MODEL", "PREDICT USING", "photographs are copied" })
        {
            await using var victim = ThanoSqlProcess.Start("demo", "--home", _home);
            await victim.WaitForOutputAsync(moment);
            victim.Kill();
        }

        await using var demo = ThanoSqlProcess.Start("demo", "--home", _home, "--keep");
        await demo.WaitForOutputAsync("The services run at");
        await using (var database = NpgsqlDataSource.Create((await EmbeddedServer.FindAsync(_home, TestContext.Current.CancellationToken))!))
        {
            (await CountAsync(database, "SELECT count(*) FROM diet")).ShouldBe(515);
            (await CountAsync(database, "SELECT count(*) FROM diet WHERE label IS NULL")).ShouldBe(0);
            var files = Directory.GetFiles(Path.Combine(_home, "store", "workspace", "products")).Length;
            (await CountAsync(database, "SELECT count(*) FROM products")).ShouldBe(files);
            (await CountAsync(database, "SELECT count(*) FROM products WHERE keyword_source = 'model'")).ShouldBe(files);
            (await CountAsync(database, "SELECT count(*) FROM products WHERE image_path LIKE 'products/new-%' AND keyword = '과일'")).ShouldBe(1);
            (
                await CountAsync(
                    database,
                    "SELECT count(*) FROM products p JOIN thanosql.model_versions v ON v.state = 'current' AND v.version = p.keyword_version"))
                .ShouldBe(files);
            (await CountAsync(database, "SELECT count(*) FROM thanosql.model_version WHERE state IN ('building', 'candidate')")).ShouldBe(0);
        }
        demo.Interrupt();
        (await demo.WaitForExitAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_second_program_on_the_same_folder_is_refused_by_name()
    {
        await using var first = ThanoSqlProcess.Start("up", "--home", _home, "--urls", "http://127.0.0.1:0");
        await first.WaitForOutputAsync("Now listening on");
        await using var second = ThanoSqlProcess.Start("up", "--home", _home, "--urls", "http://127.0.0.1:0");

        (await second.WaitForExitAsync()).ShouldBe(1);
        second.Output.ShouldContain("Another thanosql");
        first.Interrupt();
        (await first.WaitForExitAsync()).ShouldBe(0);
    }

    private static async Task<long> CountAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
