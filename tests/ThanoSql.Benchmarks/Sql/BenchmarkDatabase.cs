using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Indexer.EmbeddedPostgreSql;
using ThanoSql.Indexer.Hosting;

namespace ThanoSql.Benchmarks.Sql;

/// <summary>
/// A migrated database of the benchmark's own: on the server of <c>Database__ConnectionString</c> (as superuser), else an embedded one in a temporary
/// folder.
/// </summary>
internal sealed class BenchmarkDatabase : IAsyncDisposable
{
    private readonly Func<ValueTask> _stop;

    private BenchmarkDatabase(string owner, Func<ValueTask> stop)
    {
        _stop = stop;
        var own = new NpgsqlConnectionStringBuilder(owner) { CommandTimeout = 0 };
        Owner = NpgsqlDataSource.Create(own);
        PreparingOwner = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(own.ConnectionString) { MaxAutoPrepare = 20, AutoPrepareMinUsages = 1 });
    }

    public NpgsqlDataSource Owner { get; }

    /// <summary>Keeps statements prepared.</summary>
    public NpgsqlDataSource PreparingOwner { get; }

    public static async Task<BenchmarkDatabase> CreateAsync(CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable("Database__ConnectionString") is not { Length: > 0 } server)
            return await EmbeddedAsync(cancellationToken);
        var database = await OwnedDatabase.CreateAsync(server, "sql", cancellationToken);
        return new BenchmarkDatabase(database.ConnectionString, database.DisposeAsync);
    }

    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = Owner.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await PreparingOwner.DisposeAsync();
        await Owner.DisposeAsync();
        await _stop();
    }

    private static async Task<BenchmarkDatabase> EmbeddedAsync(CancellationToken cancellationToken)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"thanosql-benchmark-{Guid.NewGuid():N}");
        var home = HomeFolder.Take(folder);
        var server = await EmbeddedServer.StartAsync(home, Console.WriteLine, cancellationToken);
        var database = new BenchmarkDatabase(server.ConnectionString, async () =>
        {
            await server.DisposeAsync();
            home.Dispose();
            Directory.Delete(folder, recursive: true);
        });
        await new Migrator(database.Owner, NullLogger<Migrator>.Instance).RunAsync(cancellationToken);
        return database;
    }
}
