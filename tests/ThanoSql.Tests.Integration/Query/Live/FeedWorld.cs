using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Query.Live;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Query.Live;

/// <summary>A feed over a database of its own, whose statements are counted.</summary>
public sealed class FeedWorld(RealServers servers) : IAsyncLifetime
{
    private readonly PostgresServer _postgres = new(servers);
    private readonly CountingLog _log = new();
    private readonly DatabaseOutage _outage =
        new(new DatabaseTroubles(TimeProvider.System), TimeProvider.System, NullLogger<DatabaseOutage>.Instance);

    private ServiceDatabase? _service;
    private LiveFeed? _feed;

    internal LiveFeed Feed => _feed!;

    /// <summary>Statements of looks so far.</summary>
    public int Looks => _log.Count;

    public async ValueTask InitializeAsync()
    {
        await _postgres.InitializeAsync();
        await new Migrator(_postgres.DataSource, NullLogger<Migrator>.Instance).RunAsync(CancellationToken.None);
        _service = ServiceDatabase.Beside(_postgres.ConnectionString, _log);
        _feed = new LiveFeed(_service, _postgres.DataSource, _outage, TimeProvider.System, NullLogger<LiveFeed>.Instance);
        await _feed.StartAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _feed!.StopAsync(CancellationToken.None);
        _feed.Dispose();
        await _service!.DisposeAsync();
        _outage.Dispose();
        _log.Dispose();
        await _postgres.DisposeAsync();
    }

    public async Task SqlAsync(string sql)
    {
        await using var command = _postgres.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Nobody gets into the database, and who is in it is thrown out; or they may again.</summary>
    public async Task OpenAsync(bool open)
    {
        var elsewhere = new NpgsqlConnectionStringBuilder(_postgres.Superuser.ConnectionString);
        var name = elsewhere.Database;
        (elsewhere.Database, elsewhere.Pooling, elsewhere.Password) = ("postgres", false, await PasswordAsync());
        await using var connection = new NpgsqlConnection(elsewhere.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            $"ALTER DATABASE {name} ALLOW_CONNECTIONS {open}; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
            connection);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<string?> PasswordAsync() => new NpgsqlConnectionStringBuilder(await servers.PostgresAsync()).Password;

    // One line for each command and each batch
    private sealed class CountingLog : ILoggerFactory, ILogger
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public ILogger CreateLogger(string categoryName) => categoryName == "Npgsql.Command" ? this : NullLogger.Instance;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Interlocked.Increment(ref _count);

        public void Dispose()
        {
        }
    }
}

/// <summary>A page that hears of looks.</summary>
internal sealed class Page : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<LiveFigures> _heard = [];
    private readonly SemaphoreSlim _news = new(0);
    private readonly IDisposable _subscription;

    public Page(LiveFeed feed) => _subscription = feed.Subscribe(figures =>
    {
        _heard.Enqueue(figures);
        _news.Release();
    });

    /// <summary>Every look so far.</summary>
    public IReadOnlyCollection<LiveFigures> Heard => _heard;

    /// <summary>The first look from now on that is like this.</summary>
    public async Task<LiveFigures> UntilAsync(Func<LiveFigures, bool> isSo)
    {
        var deadline = DateTime.UtcNow + Patience;
        while (DateTime.UtcNow < deadline && await _news.WaitAsync(Patience, TestContext.Current.CancellationToken))
        {
            if (_heard.Last() is var last && isSo(last))
                return last;
        }
        throw new TimeoutException($"The last look was {(_heard.IsEmpty ? null : _heard.Last())}");
    }

    public void Dispose()
    {
        _subscription.Dispose();
        _news.Dispose();
    }
}
