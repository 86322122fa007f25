using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Catalog;

/// <summary>The owner of the database with CREATEROLE is enough; what only a superuser can close is named.</summary>
public sealed class OwnerWithoutSuperuserTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private const string Password = "owner-for-a-test";

    [Fact]
    public async Task Roles_are_made_and_what_a_superuser_has_to_do_is_listed_and_enough()
    {
        var database = new NpgsqlConnectionStringBuilder(postgres.ConnectionString).Database!;
        var name = $"{database}_owner";
        await RunAsync(postgres.DataSource, $"CREATE ROLE \"{name}\" LOGIN CREATEROLE PASSWORD '{Password}'");
        await RunAsync(postgres.DataSource, $"ALTER DATABASE \"{database}\" OWNER TO \"{name}\"");
        try
        {
            var settings =
                new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Username = name, Password = Password, PersistSecurityInfo = true };
            await using var owner = NpgsqlDataSource.Create(settings.ConnectionString);
            await new Migrator(owner, NullLogger<Migrator>.Instance).RunAsync(CancellationToken.None);
            await using var users = new UserDatabase(owner, Options.Create(new UserDatabaseOptions()), NullLoggerFactory.Instance);
            var write = await users.PoolAsync(TokenScope.Write, CancellationToken.None);
            await RunAsync(write, "CREATE TABLE mine AS SELECT 'a.jpg'::text AS image_path");
            await TakeOverAsync(owner, "mine");

            (await ScalarAsync(postgres.DataSource, "SELECT tableowner::text FROM pg_tables WHERE tablename = 'mine'")).ShouldBe(name);
            (await Should.ThrowAsync<PostgresException>(() => ScalarAsync(write, "SELECT value FROM thanosql.setting LIMIT 1")))
                .SqlState.ShouldBe("42501");

            IReadOnlyList<string> missing;
            await using (var connection = await owner.OpenConnectionAsync())
                missing = await Hardening.MissingAsync(connection, CancellationToken.None);
            missing.ShouldContain(s => s.Contains("pg_sleep", StringComparison.Ordinal));
            foreach (var statement in missing)
                await RunAsync(postgres.DataSource, statement);
            await using (var connection = await owner.OpenConnectionAsync())
                (await Hardening.MissingAsync(connection, CancellationToken.None)).ShouldBeEmpty();
            (await Should.ThrowAsync<PostgresException>(() => ScalarAsync(write, "SELECT pg_sleep(0)::text"))).SqlState.ShouldBe("42501");
            await RunAsync(owner, "SELECT pg_notify('x', 'y')");
            await users.RefreshAsync(CancellationToken.None);
        }
        finally
        {
            await RunAsync(postgres.DataSource, $"ALTER DATABASE \"{database}\" OWNER TO CURRENT_USER");
        }
    }

    private static async Task TakeOverAsync(NpgsqlDataSource owner, string table)
    {
        await using var connection = await owner.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        (await TableTakeover.TakeAsync(connection, table, CancellationToken.None)).ShouldBeNull();
        await transaction.CommitAsync();
    }

    private static async Task RunAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<string?> ScalarAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return await command.ExecuteScalarAsync() as string;
    }
}
