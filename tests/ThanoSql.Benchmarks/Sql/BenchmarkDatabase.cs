using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Indexer.EmbeddedPostgreSql;
using ThanoSql.Indexer.Hosting;

namespace ThanoSql.Benchmarks.Sql;

/// <summary>
/// A migrated database of the benchmark's own, dropped after it: on the server of <c>Database__ConnectionString</c> (as superuser), else on an
/// embedded one in a temporary folder.
/// </summary>
internal sealed class BenchmarkDatabase : IAsyncDisposable
{
    private readonly NpgsqlDataSource _server;
    private readonly string _name = $"thanosql_benchmark_{Guid.NewGuid():N}";
    private readonly Func<ValueTask> _stop;

    private BenchmarkDatabase(string server, Func<ValueTask> stop)
    {
        _stop = stop;
        _server = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(server) { Pooling = false });
        var own = new NpgsqlConnectionStringBuilder(server) { Database = _name, CommandTimeout = 0 };
        Owner = NpgsqlDataSource.Create(own);
        PreparingOwner = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(own.ConnectionString) { MaxAutoPrepare = 20, AutoPrepareMinUsages = 1 });
    }

    public NpgsqlDataSource Owner { get; }

    /// <summary>Keeps statements prepared.</summary>
    public NpgsqlDataSource PreparingOwner { get; }

    public static async Task<BenchmarkDatabase> CreateAsync(CancellationToken cancellationToken)
    {
        var database = Environment.GetEnvironmentVariable("Database__ConnectionString") is { Length: > 0 } named
            ? new BenchmarkDatabase(named, () => ValueTask.CompletedTask)
            : await EmbeddedAsync(cancellationToken);
        await ExecuteAsync(database._server, $"CREATE DATABASE {database._name} TEMPLATE template0", cancellationToken);
        await new Migrator(database.Owner, NullLogger<Migrator>.Instance).RunAsync(cancellationToken);
        return database;
    }

    public Task ExecuteAsync(string sql, CancellationToken cancellationToken) => ExecuteAsync(Owner, sql, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await PreparingOwner.DisposeAsync();
        await Owner.DisposeAsync();
        await ExecuteAsync(_server, $"DROP DATABASE {_name} WITH (FORCE)", CancellationToken.None);
        await ExecuteAsync(_server, $"DROP ROLE IF EXISTS {_name}_write, {_name}_query", CancellationToken.None);
        await _server.DisposeAsync();
        await _stop();
    }

    private static async Task<BenchmarkDatabase> EmbeddedAsync(CancellationToken cancellationToken)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"thanosql-benchmark-{Guid.NewGuid():N}");
        var home = HomeFolder.Take(folder);
        var server = await EmbeddedServer.StartAsync(home, Console.WriteLine, cancellationToken);
        return new BenchmarkDatabase(server.ConnectionString, async () =>
        {
            await server.DisposeAsync();
            home.Dispose();
            Directory.Delete(folder, recursive: true);
        });
    }

    private static async Task ExecuteAsync(NpgsqlDataSource where, string sql, CancellationToken cancellationToken)
    {
        await using var command = where.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
