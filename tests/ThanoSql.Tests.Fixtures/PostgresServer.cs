using Npgsql;

namespace ThanoSql.Tests.Fixtures;

/// <summary>A fresh, empty database for one test class (<c>IClassFixture&lt;PostgresServer&gt;</c>), dropped after it.</summary>
public sealed class PostgresServer(RealServers servers) : IAsyncLifetime
{
    private readonly string _database = $"thanosql_test_{Guid.NewGuid():N}";
    private string _server = "";
    private NpgsqlDataSource? _dataSource;

    /// <summary>Of the fresh database, as superuser.</summary>
    public string ConnectionString => DataSource.ConnectionString;

    public NpgsqlDataSource DataSource => _dataSource ?? throw new InvalidOperationException("The fixture has not started yet.");

    public async ValueTask InitializeAsync()
    {
        _server = await servers.PostgresAsync();
        await ExecuteAsync($"CREATE DATABASE {_database} TEMPLATE template0");
        var settings = new NpgsqlConnectionStringBuilder(_server) { Database = _database, PersistSecurityInfo = true };
        _dataSource = NpgsqlDataSource.Create(settings.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        await DataSource.DisposeAsync();
        await ExecuteAsync($"DROP DATABASE IF EXISTS {_database} WITH (FORCE)");
        // Roles belong to the server and outlive the database that they were made for.
        await ExecuteAsync($"DROP ROLE IF EXISTS {_database}_write, {_database}_query, {_database}_owner");
    }

    private async Task ExecuteAsync(string statement)
    {
        await using var server = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_server) { Pooling = false }.ConnectionString);
        await using var command = server.CreateCommand(statement);
        await command.ExecuteNonQueryAsync();
    }
}
