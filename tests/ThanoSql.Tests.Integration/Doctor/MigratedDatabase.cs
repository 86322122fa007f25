using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Roles;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Doctor;

/// <summary>A database as the first start of a role leaves it.</summary>
internal static class MigratedDatabase
{
    /// <returns>To be disposed by the test, which may spoil it.</returns>
    public static async Task<PostgresServer> OnAsync(RealServers servers)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var postgres = PostgresServer.On(await servers.PostgresAsync());
        await postgres.InitializeAsync();
        await new Migrator(postgres.DataSource, NullLogger<Migrator>.Instance).RunAsync(cancellation);
        await using var users = new UserDatabase(postgres.DataSource, Options.Create(new UserDatabaseOptions()), NullLoggerFactory.Instance);
        await users.RefreshAsync(cancellation);
        return postgres;
    }
}
