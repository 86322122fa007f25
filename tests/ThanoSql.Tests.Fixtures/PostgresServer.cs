using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Tables;

namespace ThanoSql.Tests.Fixtures;

/// <summary>A fresh, empty database for one test class (<c>IClassFixture&lt;PostgresServer&gt;</c>), dropped after it.</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private readonly Func<Task<string>> _find;
    private readonly string _database = $"thanosql_test_{Guid.NewGuid():N}";
    private string _server = "";
    private NpgsqlDataSource? _dataSource;
    private TableSessions? _sessions;
    private NpgsqlDataSource? _superuser;

    public PostgresServer(RealServers servers) => _find = servers.PostgresAsync;

    private PostgresServer(string server) => _find = () => Task.FromResult(server);

    /// <summary>Of the fresh database, as its owner: the plain role that the product connects as.</summary>
    public string ConnectionString => DataSource.ConnectionString;

    public NpgsqlDataSource DataSource => _dataSource ?? throw new InvalidOperationException("The fixture has not started yet.");

    /// <summary>As superuser: for what the product never does.</summary>
    public NpgsqlDataSource Superuser => _superuser ?? throw new InvalidOperationException("The fixture has not started yet.");

    /// <summary>What the product touches users' tables with; the database must be migrated.</summary>
    public TableSessions Sessions => _sessions ??= SessionsOf(DataSource);

    /// <param name="server">A superuser's connection string.</param>
    public static PostgresServer On(string server) => new(server);

    /// <summary>The sessions of an owner whose database is migrated.</summary>
    public static TableSessions SessionsOf(NpgsqlDataSource owner) => new(
        owner, new UserDatabase(owner, Options.Create(new UserDatabaseOptions()), NullLoggerFactory.Instance),
        Options.Create(new TableSessionOptions()), TimeProvider.System, NullLoggerFactory.Instance);

    public async ValueTask InitializeAsync()
    {
        _server = await _find();
        await ExecuteAsync($"CREATE DATABASE {_database} TEMPLATE template0");
        var settings = new NpgsqlConnectionStringBuilder(_server) { Database = _database, PersistSecurityInfo = true };
        _superuser = NpgsqlDataSource.Create(settings.ConnectionString);
        (settings.Username, settings.Password) = ($"{_database}_owner", Guid.NewGuid().ToString("N"));
        await using (var connection = await _superuser.OpenConnectionAsync())
            await RoleScript.RunAsync(connection, settings.Username, formerOwner: null, settings.Password, CancellationToken.None);
        _dataSource = NpgsqlDataSource.Create(settings.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        if (_sessions is not null)
            await _sessions.DisposeAsync();
        await DataSource.DisposeAsync();
        await Superuser.DisposeAsync();
        await ExecuteAsync($"DROP DATABASE IF EXISTS {_database} WITH (FORCE)");
        // Roles belong to the server and outlive the database that they were made for.
        await DropRolesAsync();
    }

    private async Task DropRolesAsync()
    {
        await using var server = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_server) { Pooling = false }.ConnectionString);
        await using var connection = await server.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        // As roles.sql begins: PostgreSQL fails where two change the rights of a parameter at once
        await using var drop = new NpgsqlCommand($"""
            LOCK TABLE pg_authid IN SHARE ROW EXCLUSIVE MODE;
            DROP OWNED BY {_database}_logins;
            DO $$
            DECLARE
                login text;
            BEGIN
                FOR login IN SELECT rolname FROM pg_roles WHERE rolname ~ '^{_database}_door[0-9]+$' LOOP
                    EXECUTE 'DROP ROLE ' || login;
                END LOOP;
            END $$;
            DROP ROLE {_database}_tables, {_database}_write, {_database}_query, {_database}_writer, {_database}_reader, {_database}_logins,
                {_database}_owner
            """, connection);
        await drop.ExecuteNonQueryAsync();
        await transaction.CommitAsync();
    }

    private async Task ExecuteAsync(string statement)
    {
        await using var server = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_server) { Pooling = false }.ConnectionString);
        await using var command = server.CreateCommand(statement);
        await command.ExecuteNonQueryAsync();
    }
}
