using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Tables;

namespace ThanoSql.Benchmarks;

/// <summary>
/// A migrated database of a benchmark's own with its roles, on the server of <c>Database__ConnectionString</c> (as superuser); dropped after use.
/// </summary>
internal sealed class OwnedDatabase : IAsyncDisposable
{
    private readonly string _name;
    private readonly NpgsqlDataSource _server;

    private OwnedDatabase(string server, string name)
    {
        _name = name;
        _server = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(server) { Pooling = false });
        var password = Guid.NewGuid().ToString("N");
        ConnectionString = new NpgsqlConnectionStringBuilder(server)
        {
            Database = name,
            Username = $"{name}_owner",
            Password = password,
            CommandTimeout = 0,
            PersistSecurityInfo = true,
        }.ConnectionString;
        Owner = NpgsqlDataSource.Create(ConnectionString);
        Sessions = new TableSessions(
            Owner, new UserDatabase(Owner, Options.Create(new UserDatabaseOptions()), NullLoggerFactory.Instance),
            Options.Create(new TableSessionOptions()), TimeProvider.System, NullLoggerFactory.Instance);
    }

    /// <summary>Of the plain owner, with password.</summary>
    public string ConnectionString { get; }

    public NpgsqlDataSource Owner { get; }

    public TableSessions Sessions { get; }

    public static Task<OwnedDatabase> CreateAsync(string kind, CancellationToken cancellationToken) => CreateAsync(
        Environment.GetEnvironmentVariable("Database__ConnectionString") ?? throw new InvalidOperationException(
            "Set Database__ConnectionString to a PostgreSQL server, as superuser (infra/servers.sh start postgres prints one)."),
        kind, cancellationToken);

    /// <param name="server">A superuser's connection string.</param>
    public static async Task<OwnedDatabase> CreateAsync(string server, string kind, CancellationToken cancellationToken)
    {
        var name = $"thanosql_{kind}_{Guid.NewGuid():N}"[..40];
        var database = new OwnedDatabase(server, name);
        await ExecuteAsync(database._server, $"CREATE DATABASE {name} TEMPLATE template0", cancellationToken);
        var owner = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        var superuser = new NpgsqlConnectionStringBuilder(server) { Database = name, Pooling = false };
        await using (var connection = new NpgsqlConnection(superuser.ConnectionString))
        {
            await connection.OpenAsync(cancellationToken);
            await RoleScript.RunAsync(connection, owner.Username!, formerOwner: null, owner.Password, cancellationToken);
        }
        await new Migrator(database.Owner, NullLogger<Migrator>.Instance).RunAsync(cancellationToken);
        return database;
    }

    public async ValueTask DisposeAsync()
    {
        await Sessions.DisposeAsync();
        await Owner.DisposeAsync();
        await ExecuteAsync(_server, $"DROP DATABASE {_name} WITH (FORCE)", CancellationToken.None);
        await ExecuteAsync(_server, $"DROP OWNED BY {_name}_logins", CancellationToken.None);
        await ExecuteAsync(
            _server, $"DROP ROLE {_name}_tables, {_name}_write, {_name}_query, {_name}_writer, {_name}_reader, {_name}_logins, {_name}_owner",
            CancellationToken.None);
        await _server.DisposeAsync();
    }

    private static async Task ExecuteAsync(NpgsqlDataSource where, string sql, CancellationToken cancellationToken)
    {
        await using var command = where.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
