using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using ThanoSql.Catalog;

namespace ThanoSql.Benchmarks.Indexing;

/// <summary>A migrated database on the server of <c>Database__ConnectionString</c>, dropped after use.</summary>
internal sealed class ScratchDatabase : IAsyncDisposable
{
    private readonly string _name = $"thanosql_indexing_{Guid.NewGuid():N}";
    private readonly NpgsqlDataSource _server;

    private ScratchDatabase(string server)
    {
        _server = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(server) { Pooling = false });
        ConnectionString = new NpgsqlConnectionStringBuilder(server) { Database = _name }.ConnectionString;
        Owner = NpgsqlDataSource.Create(ConnectionString);
    }

    /// <summary>With password, for other processes.</summary>
    public string ConnectionString { get; }

    public NpgsqlDataSource Owner { get; }

    public static async Task<ScratchDatabase> CreateAsync(CancellationToken cancellationToken)
    {
        var scratch = new ScratchDatabase(Environment.GetEnvironmentVariable("Database__ConnectionString")
            ?? throw new InvalidOperationException(
                "Set Database__ConnectionString to a PostgreSQL server, as superuser (infra/servers.sh start postgres prints one)."));
        await scratch._server.Command($"CREATE DATABASE {scratch._name} TEMPLATE template0").RunAsync(cancellationToken);
        await new Migrator(scratch.Owner, NullLogger<Migrator>.Instance).RunAsync(cancellationToken);
        return scratch;
    }

    public async ValueTask DisposeAsync()
    {
        await Owner.DisposeAsync();
        await _server.Command($"DROP DATABASE {_name} WITH (FORCE)").RunAsync(CancellationToken.None);
        await _server.DisposeAsync();
    }
}
