using Npgsql;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Servers;

public sealed class PrivateServersTests
{
    [Fact]
    public async Task A_crashed_server_comes_back_on_its_port_with_what_was_committed()
    {
        await using var servers = await PrivateServers.CreateAsync("postgres");
        await ExecuteAsync(servers, "CREATE TABLE kept AS SELECT 1 AS number");

        await servers.CrashAsync("postgres");
        await Should.ThrowAsync<NpgsqlException>(() => ExecuteAsync(servers, "SELECT 1"));
        await servers.StartAsync("postgres");

        await ExecuteAsync(servers, "SELECT number FROM kept");
    }

    private static async Task ExecuteAsync(PrivateServers servers, string statement)
    {
        await using var connection = new NpgsqlConnection(servers["Database__ConnectionString"] + ";Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
