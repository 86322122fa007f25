using Npgsql;
using ThanoSql.Indexer.EmbeddedPostgreSql;
using ThanoSql.Indexer.Hosting;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Program;

/// <summary>What the embedded PostgreSQL leaves on the disk.</summary>
public sealed class ServerLogTests : IAsyncLifetime
{
    private const string Secret = "hunter2";

    // Below /var/tmp: PostgreSQL's ordinary user must be able to enter it.
    private readonly string _home = Path.Combine("/var/tmp", $"thanosql-log-{Guid.NewGuid():N}");

    private string Server => Path.Combine(_home, HomeFolder.PostgreSqlFolder);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        // The binaries lie beside the program, which runs inside this process here.
        var beside = Path.Combine(AppContext.BaseDirectory, "postgresql");
        if (!Directory.Exists(beside))
        {
            var built = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
            Directory.CreateSymbolicLink(beside, Repository.File($"src/ThanoSql.Indexer/bin/{built}/net10.0/postgresql"));
        }
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await ThanoSqlProcess.StopDatabaseAsync(_home);
        Directory.Delete(_home, recursive: true);
    }

    [Fact]
    public async Task Statements_that_fail_are_not_written_down_and_the_log_is_private()
    {
        using var home = HomeFolder.Take(_home);
        await using var server = await EmbeddedServer.StartAsync(home, _ => { }, Cancel);
        await using var database = NpgsqlDataSource.Create(server.ConnectionString);

        await FailAsync(database, $"SELECT '{Secret}{new string('x', 5_000_000)}'::int"); // the message repeats it
        await FailAsync(database, $"SELECT 1/0 /* {Secret}{new string('x', 5_000_000)} */");
        await FailAsync(database, $"SELECT $1::int -- {Secret}", Secret);

        var files = LogFiles();
        files.Sum(file => file.Length).ShouldBeLessThan(20_000);
        foreach (var file in files)
        {
            (await File.ReadAllTextAsync(file.FullName, Cancel)).ShouldNotContain(Secret);
            file.UnixFileMode.ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    [Fact]
    public async Task The_log_is_rotated_and_old_files_are_removed()
    {
        using var home = HomeFolder.Take(_home);
        await using (var server = await EmbeddedServer.StartAsync(home, _ => { }, Cancel))
        {
            await using var database = NpgsqlDataSource.Create(server.ConnectionString);
            (await ShowAsync(database, "logging_collector")).ShouldBe("on");
            (await ShowAsync(database, "log_rotation_size")).ShouldBe("10MB");
            (await ShowAsync(database, "log_rotation_age")).ShouldBe("1d");
        }
        for (var day = 10; day < 30; day++)
            await File.WriteAllTextAsync(Path.Combine(Server, "logs", $"server-202001{day}-000000.log"), "old", Cancel);
        await File.WriteAllTextAsync(Path.Combine(Server, "log"), new string('x', 2_000_000), Cancel);

        await using (await EmbeddedServer.StartAsync(home, _ => { }, Cancel))
        {
            var files = LogFiles();
            files.Count(file => file.Name.StartsWith("server-", StringComparison.Ordinal)).ShouldBeLessThanOrEqualTo(6);
            files.Sum(file => file.Length).ShouldBeLessThan(20_000);
        }
    }

    [Fact]
    public async Task A_server_that_does_not_start_says_why()
    {
        using var home = HomeFolder.Take(_home);
        await using (await EmbeddedServer.StartAsync(home, _ => { }, Cancel))
        {
            // made
        }
        await File.AppendAllTextAsync(Path.Combine(Server, "data", "pg_hba.conf"), "nonsense here\n", Cancel);

        var error = await Should.ThrowAsync<StartException>(() => EmbeddedServer.StartAsync(home, _ => { }, Cancel));

        error.Message.ShouldContain("pg_hba.conf");
    }

    private static async Task FailAsync(NpgsqlDataSource database, string sql, params object[] values)
    {
        await using var command = database.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await Should.ThrowAsync<PostgresException>(() => command.ExecuteNonQueryAsync(Cancel));
    }

    private static async Task<string> ShowAsync(NpgsqlDataSource database, string setting)
    {
        await using var command = database.CreateCommand($"SHOW {setting}");
        return (string)(await command.ExecuteScalarAsync(Cancel))!;
    }

    private List<FileInfo> LogFiles() =>
        [new FileInfo(Path.Combine(Server, "log")), .. new DirectoryInfo(Path.Combine(Server, "logs")).EnumerateFiles()];
}
