using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using ThanoSql.Catalog;
using ThanoSql.Embedding.Similarity;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Similarity;

/// <summary>A trunk with embeddings, and processes that search them; their time goes on when a test says so.</summary>
internal sealed class SimilarityWorld(NpgsqlDataSource database, int trunk, int dimensions) : IAsyncDisposable
{
    private readonly List<Process> _processes = [];

    public NpgsqlDataSource Database => database;

    public int Trunk => trunk;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<SimilarityWorld> CreateAsync(PostgresServer postgres, int dimensions = 8)
    {
        await new Migrator(postgres.DataSource, NullLogger<Migrator>.Instance).RunAsync(Cancellation);
        return await CreateAsync(NpgsqlDataSource.Create(postgres.ConnectionString), dimensions);
    }

    public static async Task<SimilarityWorld> CreateAsync(NpgsqlDataSource database, int dimensions)
    {
        var trunk = await database.Command(
            """
            INSERT INTO thanosql.trunk (key, variant, weights_sha256, preprocessing, dimensions, origin)
            VALUES (gen_random_uuid(), 'atto', 'x', 'p', $1, 'tuned') RETURNING trunk_id
            """,
            dimensions).ScalarAsync<int>(Cancellation);
        return new SimilarityWorld(database, trunk, dimensions);
    }

    /// <summary>A process with nothing in memory.</summary>
    public Process Start(int megabytes = 100)
    {
        var process = new Process(trunk, database.ConnectionString, megabytes);
        _processes.Add(process);
        return process;
    }

    /// <summary>New contents with the embeddings of another connection, in one statement.</summary>
    public async Task<long[]> AddAsync(params Half[][] vectors) => await AddAsync(await database.OpenConnectionAsync(Cancellation), vectors);

    /// <summary>The same in a connection's transaction.</summary>
    public async Task<long[]> AddAsync(NpgsqlConnection connection, params Half[][] vectors)
    {
        var contents = await connection.Command(
            "INSERT INTO thanosql.content (sha256) SELECT sha256(gen_random_uuid()::text::bytea) FROM generate_series(1, $1) RETURNING content_id",
            vectors.Length).ListAsync<long>(Cancellation);
        await EmbedAsync(connection, [.. contents], [.. vectors.Select(v => MemoryMarshal.AsBytes(v.AsSpan()).ToArray())]);
        return [.. contents];
    }

    public Task EmbedAsync(NpgsqlConnection connection, long[] contents, byte[][] vectors) => connection.Command(
        "INSERT INTO thanosql.embedding (trunk_id, content_id, vector) SELECT $1, c, v FROM unnest($2::bigint[], $3::bytea[]) AS n (c, v)",
        trunk, contents, vectors).RunAsync(Cancellation);

    public Task RemoveAsync(params long[] contents) =>
        database.Command("SELECT thanosql.remove_contents($1)", (object)contents).RunAsync(Cancellation);

    /// <summary>A vector of the trunk's dimensions that begins with these values.</summary>
    public Half[] Vector(params double[] values) => [.. values.Concat(new double[dimensions - values.Length]).Select(v => (Half)v)];

    public Half[][] Random(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(
            _ => Enumerable.Range(0, dimensions).Select(_ => (Half)((random.NextDouble() * 2) - 1)).ToArray())];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
            await process.DisposeAsync();
        await database.DisposeAsync();
    }

    internal sealed class Process : IAsyncDisposable
    {
        private readonly int _trunk;
        private readonly NpgsqlDataSource _database;
        private readonly MovedTime _time = new();
        private readonly SaidLines _said = new();

        public Process(int trunk, string connectionString, int megabytes)
        {
            (_trunk, _database) = (trunk, NpgsqlDataSource.Create(connectionString));
            Similar = new SimilarContents(_database, Options.Create(new SimilarityOptions { SimilarityMegabytes = megabytes }), _time, _said);
        }

        public SimilarContents Similar { get; }

        /// <summary>What it said in the log that has this in it.</summary>
        public IReadOnlyList<string> Said(string part) => [.. _said.Lines.Where(l => l.Contains(part, StringComparison.Ordinal))];

        public int Loads => Said("s, ").Count;

        /// <summary>A second goes by.</summary>
        public Process Later()
        {
            _time.Moved += TimeSpan.FromSeconds(1.01);
            return this;
        }

        public void Wait(TimeSpan span) => _time.Moved += span;

        /// <summary>The nearest to a vector that begins with these values, as contents.</summary>
        public Task<long[]> NearestAsync(IReadOnlyList<double> values, int dimensions = 8, int top = 20, long[]? among = null) =>
            NearestAsync(_trunk, values, dimensions, top, among);

        public async Task<long[]> NearestAsync(int trunk, IReadOnlyList<double> values, int dimensions = 8, int top = 20, long[]? among = null)
        {
            var vector = values.Concat(new double[dimensions - values.Count]).Select(v => (float)v).ToArray();
            return [.. (await Similar.NearestAsync(trunk, vector, top, among, Cancellation)).Select(c => c.ContentId)];
        }

        public async ValueTask DisposeAsync()
        {
            Similar.Dispose();
            await _database.DisposeAsync();
        }
    }

    /// <summary>Stands still, but for what it is moved: each look is a nanosecond after the last.</summary>
    private sealed class MovedTime : TimeProvider
    {
        private long _looks;

        public TimeSpan Moved { get; set; } = TimeSpan.FromHours(1);

        public override long GetTimestamp() => Interlocked.Increment(ref _looks) + (long)(Moved.TotalSeconds * TimestampFrequency);
    }

    private sealed class SaidLines : ILogger<SimilarContents>
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception));
    }
}
