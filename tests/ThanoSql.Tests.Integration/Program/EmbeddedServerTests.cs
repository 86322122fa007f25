using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Doors;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Indexer.EmbeddedPostgreSql;
using ThanoSql.Indexer.Hosting;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Tests.Integration.Query.Doors;

namespace ThanoSql.Tests.Integration.Program;

/// <summary>
/// The embedded PostgreSQL as SQL clients meet it. It is of a later release than Debian's, where memberships of roles work differently.
/// </summary>
public sealed class EmbeddedServerTests : IAsyncLifetime
{
    private readonly string _home = Path.Combine("/var/tmp", $"thanosql-port-{Guid.NewGuid():N}");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
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
        if (Directory.Exists(_home))
            Directory.Delete(_home, recursive: true);
    }

    [Fact]
    public async Task Its_port_stays_while_it_is_free_and_one_that_is_configured_must_be()
    {
        using var home = HomeFolder.Take(_home);
        var first = await PortAsync(home, null);
        (await PortAsync(home, null)).ShouldBe(first);

        using (var other = new TcpListener(IPAddress.Loopback, first))
        {
            other.Start();
            var error = await Should.ThrowAsync<StartException>(() => PortAsync(home, first));
            error.Message.ShouldContain($"127.0.0.1:{first}");
            error.Message.ShouldContain("Database__Port");
            (await PortAsync(home, null)).ShouldNotBe(first);
        }

        (await PortAsync(home, first)).ShouldBe(first);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("1023")]
    [InlineData("65536")]
    [InlineData("-1")]
    public void A_port_that_is_none_is_told(string text) =>
        Should.Throw<StartException>(() => ServerPort.Configured(text)).Message.ShouldContain($"not '{text}'");

    [Fact]
    public async Task A_login_of_the_door_has_its_scopes_rights_here_too_and_reaches_no_other_database()
    {
        using var home = HomeFolder.Take(_home);
        await using var server = await EmbeddedServer.StartAsync(home, _ => { }, Cancel);
        await using var owner = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(server.ConnectionString) { PersistSecurityInfo = true });
        await new Migrator(owner, NullLogger<Migrator>.Instance).RunAsync(Cancel);
        await using var users = new UserDatabase(owner, Options.Create(new UserDatabaseOptions()), NullLoggerFactory.Instance);
        await users.RefreshAsync(Cancel);
        var tokens = new TokenCatalog(owner, TimeProvider.System, Workspace.Default);
        var logins = new DoorLogins(
            new ServiceDatabase(owner), Options.Create(new DoorOptions()), Options.Create(new UserDatabaseOptions()), TimeProvider.System);
        var (token, _) = await tokens.CreateAsync(new NewToken("shop", TokenScope.Write, null, TokenRestrictions.None), "test", Cancel);

        var login = await logins.OpenAsync(token, TimeSpan.FromHours(1), "test", Cancel);

        await using (var client = await DoorHost.ConnectAsync(login))
        {
            await DoorHost.RunAsync(client, "CREATE TABLE made (x integer)");
            (await DoorHost.RunAsync(client, "SELECT tableowner FROM pg_tables WHERE tablename = 'made'")).ShouldBe("thanosql_writer");
            (await DoorHost.RunAsync(client, "SHOW temp_file_limit")).ShouldBe("1GB");
            foreach (var role in new[] { "query", "write", "tables", "owner", "logins" })
                (await DoorHost.TryAsync(client, $"SET ROLE thanosql_{role}")).ShouldStartWith("42501");
            (await DoorHost.TryAsync(client, "CREATE TYPE mine AS (x integer)")).ShouldStartWith("42501");
            (await DoorHost.TryAsync(client, "CREATE TEMP TABLE mine (x integer)")).ShouldStartWith("42501");
        }
        foreach (var database in new[] { "postgres", "template1" })
            (await Should.ThrowAsync<PostgresException>(() => DoorHost.ConnectAsync(login, database))).SqlState.ShouldBe("42501");

        await logins.CloseAsync(token.Id, Cancel);
        await logins.EndDueAsync(Cancel);
        await logins.EndDueAsync(Cancel);
        (await Should.ThrowAsync<PostgresException>(() => DoorHost.ConnectAsync(login))).SqlState.ShouldBe("28P01");
    }

    [Fact]
    public async Task A_release_that_is_older_than_its_database_by_two_migrations_is_refused_and_its_server_stopped()
    {
        using var home = HomeFolder.Take(_home);
        await using (var server = await EmbeddedServer.StartAsync(home, _ => { }, Cancel))
        {
            await using var owner = NpgsqlDataSource.Create(server.ConnectionString);
            await new Migrator(owner, NullLogger<Migrator>.Instance).RunAsync(Cancel);
            await using var ahead = owner.CreateCommand("INSERT INTO thanosql.migration (number, name) VALUES (9000, 'next'), (9001, 'after')");
            await ahead.ExecuteNonQueryAsync(Cancel);
        }

        (await Should.ThrowAsync<CatalogException>(() => EmbeddedServer.StartAsync(home, _ => { }, Cancel))).Message.ShouldContain("migration 9001");

        PostmasterFile.OfRunning(Path.Combine(home.PostgreSql, "data")).ShouldBeNull();
    }

    private static async Task<int> PortAsync(HomeFolder home, int? wanted)
    {
        await using var server = await EmbeddedServer.StartAsync(home, wanted, _ => { }, Cancel);
        return new NpgsqlConnectionStringBuilder(server.ConnectionString).Port;
    }
}
