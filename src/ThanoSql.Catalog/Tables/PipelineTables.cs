using System.Collections.Concurrent;
using ThanoSql.Catalog.Roles;

namespace ThanoSql.Catalog.Tables;

/// <summary>
/// Keeps pipelines and the tables that they fill together: a pipeline waits until table and model are there, and follows a table that is replaced.
/// </summary>
/// <param name="database">With the rights of the catalog's owner.</param>
/// <param name="sessions">That touch the tables.</param>
/// <param name="workspace">The bucket of paths that name none.</param>
/// <param name="logger">Hears of pipelines that become active or have to wait.</param>
public sealed partial class PipelineTables(
    NpgsqlDataSource database, TableSessions sessions, Workspace workspace, ILogger<PipelineTables> logger) : IDisposable
{
    private const int AtOnce = 6; // of the sessions' connections

    private readonly SemaphoreSlim _following = new(AtOnce);
    private readonly ConcurrentDictionary<string, bool> _followed = new();
    private readonly SortIndexes _sorting = new(database, logger);

    /// <summary>
    /// Looks at every pipeline: those whose table and model are there become active, with index columns, indexes, trigger and values; others wait.
    /// Call it after a model came into service and after a table was made or dropped; it is cheap when nothing changed. Tables that are
    /// active already get and lose their <see cref="SortIndexes"/>. One that another call is looking at is left to it.
    /// </summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var tables = PipelineTable.Of(await PipelinesAsync(cancellationToken), workspace.Bucket).Where(t => t.HasFile);
        await Task.WhenAll(tables.GroupBy(t => t.Name).Select(t => FollowOnceAsync(t.Key, [.. t], cancellationToken)));
    }

    /// <summary>Whether a pipeline fills a table, or would once it is active.</summary>
    /// <param name="table">Its name in schema public, unquoted.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public Task<bool> IsFilledAsync(string table, CancellationToken cancellationToken) =>
        database.Command("SELECT EXISTS (SELECT FROM thanosql.pipeline WHERE table_name = $1)", table).ScalarAsync<bool>(cancellationToken);

    /// <summary>
    /// Makes a table in place of another, with its index columns, trigger and values, in one transaction: whoever reads after it sees no gap.
    /// </summary>
    /// <param name="table">Its name in schema public, unquoted; a pipeline fills it.</param>
    /// <param name="fill">Makes and fills it on the connection that it gets.</param>
    /// <param name="cancellationToken">Leaves all as it was.</param>
    public async Task ReplaceAsync(string table, Func<NpgsqlConnection, Task> fill, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(fill);
        var indexed = PipelineTable.Of((await PipelinesAsync(cancellationToken)).Where(r => r.Definition.Table == table), workspace.Bucket)
            .Where(t => t.HasFile).ToList();
        await using var session = await sessions.OpenAsync(cancellationToken);
        await using var transaction = await session.Connection.BeginTransactionAsync(cancellationToken);
        await fill(session.Connection);
        var users = SqlRole.Of(TokenScope.Write, session.Connection.Database);
        await session.Command($"ALTER TABLE public.{Identifier.Quote(table)} OWNER TO {users.Quoted}").RunAsync(cancellationToken);
        foreach (var each in indexed)
        {
            var (reason, version) = await ReasonToWaitAsync(session, each, whileSwitching: true, cancellationToken);
            if (reason is not null)
                await MarkAsync(session, each, "waiting", reason, cancellationToken);
            else
                await ActivateAsync(session, each, version, replaced: true, cancellationToken);
        }
        await transaction.CommitAsync(cancellationToken);
    }

    public void Dispose() => _following.Dispose();

    /// <summary>Beside the other tables: one that is long to fill, or held by somebody, is looked at by nobody else meanwhile.</summary>
    private async Task FollowOnceAsync(string name, List<PipelineTable> columns, CancellationToken cancellationToken)
    {
        if (!_followed.TryAdd(name, true))
            return;
        try
        {
            await _following.WaitAsync(cancellationToken);
            try
            {
                foreach (var table in columns)
                    await FollowAsync(table, cancellationToken);
            }
            finally
            {
                _following.Release();
            }
        }
        finally
        {
            _followed.TryRemove(name, out _);
        }
    }

    private async Task FollowAsync(PipelineTable table, CancellationToken cancellationToken)
    {
        await using var session = await sessions.OpenAsync(cancellationToken);
        if (table.Pipelines.All(p => p.Active) && await TableShape.IsReadyAsync(session, table, cancellationToken))
        {
            await _sorting.FollowAsync(session, table, cancellationToken);
            return;
        }
        await using var watch = session.Watch(TimeSpan.FromSeconds(1));
        await using var transaction = await session.Connection.BeginTransactionAsync(cancellationToken);
        await session.Command("SET LOCAL lock_timeout = '2s'").RunAsync(cancellationToken);
        try
        {
            await HandOverAsync(table, cancellationToken);
            await LookAsync(session, table, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            if (await TableShape.IsReadyAsync(session, table, cancellationToken))
                await RowTrigger.DropFormerAsync(database, table, cancellationToken);
        }
        catch (PostgresException busy) when (busy.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
        {
            LogBusy(table.Name, watch.Holder?.Words(table.Name, DateTimeOffset.UtcNow) ?? busy.MessageText);
        }
        catch (NpgsqlException error) when (Refusal(error, table) is not null)
        {
            // What its users hung on it is their pipeline's problem, and nobody else's
            await transaction.RollbackAsync(cancellationToken);
            await WaitAsync(session, table, Refusal(error, table)!, cancellationToken);
        }
    }

    /// <returns>Null for an error that is not the table's.</returns>
    private static string? Refusal(NpgsqlException error, PipelineTable table) => error switch
    {
        PostgresException refused => RowRefusal.Of(refused, table.Name) is { Passing: false } refusal ? refusal.Reason : null,
        { InnerException: TimeoutException } => $"filling table '{table.Name}' takes too long: look at what its checks and triggers do",
        _ => null,
    };

    private async Task<List<PipelineRow>> PipelinesAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await PipelineCatalog.ListAsync(connection, cancellationToken);
    }

    /// <summary>A table that the catalog's owner made becomes the users': nothing that hangs on a table may have the owner's rights.</summary>
    private async Task HandOverAsync(PipelineTable table, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var ours = await connection.Command(
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass($1) AND relowner = current_user::regrole)", table.Sql)
            .ScalarAsync<bool>(cancellationToken);
        if (ours)
        {
            var users = SqlRole.Of(TokenScope.Write, connection.Database);
            await connection.Command("SET lock_timeout = '2s'").RunAsync(cancellationToken);
            await connection.Command($"ALTER TABLE {table.Sql} OWNER TO {users.Quoted}").RunAsync(cancellationToken);
        }
    }

    private async Task LookAsync(TableSession session, PipelineTable table, CancellationToken cancellationToken)
    {
        var (reason, version) = await ReasonToWaitAsync(session, table, whileSwitching: false, cancellationToken);
        if (reason is not null)
        {
            await WaitAsync(session, table, reason, cancellationToken);
            return;
        }
        await ActivateAsync(session, table, version, replaced: table.Active, cancellationToken);
        LogActive(table.Pipelines[0].Definition.Name, table.Name, table.Model);
    }

    private async Task<(string? Reason, long Version)> ReasonToWaitAsync(
        TableSession session, PipelineTable table, bool whileSwitching, CancellationToken cancellationToken)
    {
        var model = (await session.Call("SELECT * FROM thanosql.hold_pipelines($1, $2, $3)", table.PipelineIds, table.Model)
            .ListAsync<(long? Current, long? Next)>(cancellationToken)).SingleOrDefault();
        if (await TableShape.ProblemAsync(session, table, cancellationToken) is { } problem)
            return (problem, 0);
        if (model.Current is not { } version)
            return ($"model '{table.Model}' is not there yet", 0);
        if (!await VersionCatalog.HasLabelsAsync(database, version, cancellationToken))
            return ($"model '{table.Model}' has no labels ({EmbeddingModel.Algorithm}): name a classifier", 0);
        return (model.Next is not null && !whileSwitching ? $"model '{table.Model}' is being switched to a new version" : null, version);
    }

    private async Task ActivateAsync(
        TableSession session, PipelineTable table, long version, bool replaced, CancellationToken cancellationToken)
    {
        await session.Command($"LOCK TABLE {table.Sql} IN ACCESS EXCLUSIVE MODE").RunAsync(cancellationToken);
        await TableShape.EnsureAsync(session, table, cancellationToken);
        if (replaced)
        {
            await session.Call("SELECT count(*) FROM thanosql.take_made($1, $2, $3, NULL)", table.PipelineIds, table.Workspace)
                .RunAsync(cancellationToken);
        }

        await TableFill.RunAsync(session, table, version, cancellationToken);
        await RowTrigger.DefineAsync(database, table, cancellationToken);
        await RowTrigger.CreateAsync(session, table, cancellationToken);
        await MarkAsync(session, table, "active", null, cancellationToken);
    }

    private async Task WaitAsync(TableSession session, PipelineTable table, string reason, CancellationToken cancellationToken)
    {
        if (await MarkAsync(session, table, "waiting", reason, cancellationToken))
            LogWaiting(table.Pipelines[0].Definition.Name, reason);
    }

    /// <returns>Whether that is news.</returns>
    private static Task<bool> MarkAsync(
        TableSession session, PipelineTable table, string state, string? reason, CancellationToken cancellationToken) =>
        session.Call("SELECT thanosql.mark_pipelines($1, $2, $3, $4::text)", table.PipelineIds, state, reason).ScalarAsync<bool>(cancellationToken);

    [LoggerMessage(Level = LogLevel.Information, Message = "Pipeline {Pipeline} is active: table {Table}, model {Model}")]
    private partial void LogActive(string pipeline, string table, string model);

    [LoggerMessage(Level = LogLevel.Information, Message = "Pipeline {Pipeline} waits: {Reason}")]
    private partial void LogWaiting(string pipeline, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Table {Table} is busy, its pipeline is looked at again later: {Reason}")]
    private partial void LogBusy(string table, string reason);
}
