using System.ComponentModel.DataAnnotations;
using System.Data;
using Microsoft.Extensions.Options;
using ThanoSql.Catalog.Roles;

namespace ThanoSql.Catalog.Tables;

/// <summary>
/// Sessions in which the service touches users' tables, views and indexes: of a login of its own with users' rights, so that whatever hangs on a
/// table (triggers, checks, defaults, index expressions, policies, rules, views) meets no more. What the same transaction changes in the catalog goes
/// through functions that ask for the session's <see cref="TableSession.Pass"/>.
/// </summary>
public sealed class TableSessions(
    NpgsqlDataSource owner, UserDatabase users, IOptions<TableSessionOptions> options, TimeProvider time, ILoggerFactory loggers) : IAsyncDisposable
{
    private static readonly TimeSpan PassLifetime = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim _gate = new(1);
    private NpgsqlDataSource? _pool;
    private Guid _pass;
    private DateTimeOffset _renewAt = DateTimeOffset.MinValue;

    /// <summary>Of the owner, for the catalog's own statements.</summary>
    internal NpgsqlDataSource Owner => owner;

    /// <summary>A session that nobody used before, or that was reset completely.</summary>
    /// <exception cref="CatalogException">The roles were not made; the message says how to.</exception>
    public async Task<TableSession> OpenAsync(CancellationToken cancellationToken)
    {
        var (pool, pass) = await ReadyAsync(cancellationToken);
        return new TableSession(await pool.OpenConnectionAsync(cancellationToken), owner, pass);
    }

    /// <summary>A short proof that this process is the service, for functions that the owner's connection calls too.</summary>
    public async Task<Guid> PassAsync(CancellationToken cancellationToken) => (await ReadyAsync(cancellationToken)).Pass;

    public async ValueTask DisposeAsync()
    {
        if (_pool is not null)
            await _pool.DisposeAsync();
        _gate.Dispose();
    }

    private async Task<(NpgsqlDataSource Pool, Guid Pass)> ReadyAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            _pool ??= await MakePoolAsync(cancellationToken);
            if (time.GetUtcNow() >= _renewAt)
                await RenewAsync(cancellationToken);
            return (_pool, _pass);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        var pass = new Guid(RandomNumberGenerator.GetBytes(16), bigEndian: true);
        await owner.Command(
            """
            WITH expired AS (DELETE FROM thanosql.session_pass WHERE valid_until < now())
            INSERT INTO thanosql.session_pass (digest, valid_until) VALUES (sha256(uuid_send($1)), now() + $2)
            """,
            pass, PassLifetime).RunAsync(cancellationToken);
        // Whoever has the old one has half its life left
        (_pass, _renewAt) = (pass, time.GetUtcNow() + PassLifetime / 2);
    }

    private async Task<NpgsqlDataSource> MakePoolAsync(CancellationToken cancellationToken)
    {
        await users.AdmitAsync(cancellationToken);
        var role = SqlRole.Tables(new NpgsqlConnectionStringBuilder(owner.ConnectionString).Database!);
        var connection = new NpgsqlConnectionStringBuilder(owner.ConnectionString)
        {
            Username = role.Name,
            Password = await new SettingCatalog(owner).SecretAsync(role.Secret, cancellationToken),
            ApplicationName = "thanosql tables",
            SearchPath = "pg_catalog", // no name of a user's is met by chance
            Timezone = "UTC",
            CommandTimeout = options.Value.Seconds,
            MaxPoolSize = options.Value.Connections,
            MinPoolSize = 0,
            NoResetOnClose = false,
            Multiplexing = false,
            Enlist = false,
            PersistSecurityInfo = false,
        };
        return new NpgsqlDataSourceBuilder(connection.ConnectionString) { Name = role.Name }.UseLoggerFactory(loggers).Build();
    }
}

/// <summary>Section <c>Database:Tables</c>: how the service writes users' tables.</summary>
public sealed class TableSessionOptions
{
    public const string Section = "Database:Tables";

    /// <summary>Seconds that a statement over the rows of a batch may take, the table's own triggers and checks included.</summary>
    [Range(1, 3600)]
    public int Seconds { get; set; } = 10;

    /// <summary>Connections of this process.</summary>
    [Range(2, 500)]
    public int Connections { get; set; } = 16;
}

/// <summary>One use of a connection with users' rights.</summary>
public sealed class TableSession : IAsyncDisposable
{
    private readonly NpgsqlDataSource _owner;

    internal TableSession(NpgsqlConnection connection, NpgsqlDataSource owner, Guid pass) => (Connection, _owner, Pass) = (connection, owner, pass);

    public NpgsqlConnection Connection { get; }

    /// <summary>
    /// What the catalog's functions ask for. It travels as a parameter only: code that a statement meets sees texts, never parameters.
    /// </summary>
    public Guid Pass { get; }

    /// <summary>Resets the session now, not before its next use: what a table's code set might end it in the pool.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (Connection.FullState == ConnectionState.Open)
                await Command("DISCARD ALL").RunAsync(CancellationToken.None);
        }
        catch (NpgsqlException)
        {
            // broken, or in a transaction that ends with it: the pool does the same before the next use
        }
        await Connection.DisposeAsync();
    }

    /// <summary>Waits until a table's rows can be written, in a transaction that holds nothing else.</summary>
    /// <param name="table">A dropped one passes: whoever writes hears of it.</param>
    /// <param name="patience">How long it waits at most.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Whether it could in that time.</returns>
    public async Task<bool> CanWriteAsync(PipelineTable table, TimeSpan patience, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(table);
        var limit = string.Create(CultureInfo.InvariantCulture, $"SET LOCAL lock_timeout = {patience.TotalMilliseconds:0}");
        try
        {
            await RunAsync(["BEGIN", limit, $"LOCK TABLE {table.Sql} IN ROW EXCLUSIVE MODE", "COMMIT"], cancellationToken);
            return true;
        }
        catch (PostgresException refused)
        {
            await Command("ROLLBACK").RunAsync(cancellationToken);
            if (refused.SqlState == PostgresErrorCodes.LockNotAvailable)
                return false;
            if (refused.SqlState.StartsWith("42", StringComparison.Ordinal)) // no such table, no right
                return true;
            throw;
        }
    }

    /// <summary>Statements without parameters, in one round trip.</summary>
    internal async Task RunAsync(IEnumerable<string> statements, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(Connection);
        foreach (var statement in statements)
            batch.BatchCommands.Add(new NpgsqlBatchCommand(statement));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Looks whom the session waits for, until it is disposed.</summary>
    public LockWatch Watch(TimeSpan first, Action<LockHolder>? heard = null) => new(_owner, Connection.ProcessID, first, heard);

    internal NpgsqlCommand Command(string sql, params ReadOnlySpan<object?> values) => Connection.Command(sql, values);

    /// <summary>A function of the catalog: <c>$1</c> is the pass.</summary>
    internal NpgsqlCommand Call(string sql, params ReadOnlySpan<object?> values) => Connection.Command(sql, [Pass, .. values]);

    /// <summary>
    /// A statement that PostgreSQL takes as one, whatever its text holds: it refuses several where there is a parameter, used or not.
    /// </summary>
    internal NpgsqlCommand Single(string sql) =>
        new(sql, Connection) { Parameters = { new NpgsqlParameter<bool> { TypedValue = true } } };
}
