using ThanoSql.Catalog.Roles;

namespace ThanoSql.Catalog.Tables;

/// <summary>
/// Keeps pipelines and the tables that they fill together: a pipeline waits until table and model are there, and follows a table that is replaced.
/// </summary>
/// <param name="database">With the rights of the catalog's owner.</param>
/// <param name="workspace">The bucket of paths that name none.</param>
/// <param name="logger">Hears of pipelines that become active or have to wait.</param>
public sealed partial class PipelineTables(NpgsqlDataSource database, Workspace workspace, ILogger<PipelineTables> logger)
{
    /// <summary>
    /// Looks at every pipeline: those whose table and model are there become active, with index columns, indexes, trigger and values; others wait.
    /// Call it after a model came into service and after a table was made or dropped; it is cheap when nothing changed.
    /// </summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        foreach (var table in PipelineTable.Of(await PipelineCatalog.ListAsync(connection, cancellationToken), workspace.Bucket))
        {
            if (!table.HasFile)
                continue;
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await connection.Command("SET LOCAL lock_timeout = '2s'").RunAsync(cancellationToken);
            try
            {
                await LookAsync(connection, table, cancellationToken);
                await transaction.CommitAsync(cancellationToken);
            }
            catch (PostgresException busy) when (busy.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
            {
                LogBusy(table.Name, busy.MessageText);
            }
        }
    }

    /// <summary>Whether a pipeline fills a table, or would once it is active.</summary>
    /// <param name="table">Its name in schema public, unquoted.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public Task<bool> IsFilledAsync(string table, CancellationToken cancellationToken) =>
        database.Command("SELECT EXISTS (SELECT FROM thanosql.pipeline WHERE table_name = $1)", table).ScalarAsync<bool>(cancellationToken);

    /// <summary>
    /// Gives a table that was just made in place of another its index columns, trigger and values again, inside the caller's transaction: whoever
    /// reads after its commit sees no gap. Nothing happens when no pipeline fills this table.
    /// </summary>
    /// <param name="connection">With the rights of the catalog's owner, or of the table's owner who may use the catalog.</param>
    /// <param name="transaction">In which the table was made.</param>
    /// <param name="table">Its name in schema public, unquoted.</param>
    /// <param name="cancellationToken">Stops the statements.</param>
    public async Task RestoreAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, string table, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        var rows = await PipelineCatalog.ListAsync(connection, cancellationToken);
        foreach (var indexed in PipelineTable.Of(rows.Where(r => r.Definition.Table == table), workspace.Bucket))
        {
            if (!indexed.HasFile)
                continue;
            if (await ReasonToWaitAsync(connection, indexed, whileSwitching: true, cancellationToken) is { } reason)
                await WaitAsync(connection, indexed, reason, cancellationToken);
            else
                await ActivateAsync(connection, indexed, replaced: true, cancellationToken);
        }
    }

    private async Task LookAsync(NpgsqlConnection connection, PipelineTable table, CancellationToken cancellationToken)
    {
        if (table.Pipelines.All(p => p.Active) && await TableShape.IsReadyAsync(connection, table, cancellationToken))
            return;
        if (await ReasonToWaitAsync(connection, table, whileSwitching: false, cancellationToken) is { } reason)
        {
            if (await WaitAsync(connection, table, reason, cancellationToken) > 0)
                LogWaiting(table.Pipelines[0].Definition.Name, reason);
            return;
        }
        await ActivateAsync(connection, table, replaced: table.Active, cancellationToken);
        LogActive(table.Pipelines[0].Definition.Name, table.Name, table.Model);
    }

    private static async Task<string?> ReasonToWaitAsync(
        NpgsqlConnection connection, PipelineTable table, bool whileSwitching, CancellationToken cancellationToken)
    {
        await connection.Command(
            "SELECT FROM thanosql.pipeline WHERE pipeline_id = ANY ($1) ORDER BY pipeline_id FOR UPDATE", (object)table.PipelineIds)
            .RunAsync(cancellationToken);
        if (await TableShape.ProblemAsync(connection, table, cancellationToken) is { } problem)
            return problem;
        if (await TableTakeover.TakeAsync(connection, table.Name, cancellationToken) is { } unsafeCode)
            return unsafeCode;
        var model = (await connection.Command(
            "SELECT current_version_id IS NOT NULL, next_version_id IS NOT NULL FROM thanosql.model WHERE name = $1 FOR SHARE", table.Model)
            .ListAsync<(bool Current, bool Next)>(cancellationToken)).SingleOrDefault();
        if (!model.Current)
            return $"model '{table.Model}' is not there yet";
        return model.Next && !whileSwitching ? $"model '{table.Model}' is being switched to a new version" : null;
    }

    private static async Task ActivateAsync(NpgsqlConnection connection, PipelineTable table, bool replaced, CancellationToken cancellationToken)
    {
        var version = await connection.Command("SELECT current_version_id FROM thanosql.model WHERE name = $1", table.Model)
            .ScalarAsync<long>(cancellationToken);
        await TableShape.EnsureAsync(connection, table, cancellationToken);
        if (replaced)
        {
            await connection.Command("DELETE FROM thanosql.made_row WHERE pipeline_id = ANY ($1)", (object)table.PipelineIds)
                .RunAsync(cancellationToken);
        }

        await TableFill.RunAsync(connection, table, version, cancellationToken);
        await RowTrigger.CreateAsync(connection, table, cancellationToken);
        await connection.Command(
            "UPDATE thanosql.pipeline SET state = 'active', reason = NULL, updated_at = now() WHERE pipeline_id = ANY ($1) AND state <> 'active'",
            (object)table.PipelineIds).RunAsync(cancellationToken);
    }

    private static Task<int> WaitAsync(NpgsqlConnection connection, PipelineTable table, string reason, CancellationToken cancellationToken) =>
        connection.Command(
            """
            UPDATE thanosql.pipeline SET state = 'waiting', reason = $2, updated_at = now()
            WHERE pipeline_id = ANY ($1) AND (state <> 'waiting' OR reason IS DISTINCT FROM $2)
            """,
            table.PipelineIds, reason).RunAsync(cancellationToken);

    [LoggerMessage(Level = LogLevel.Information, Message = "Pipeline {Pipeline} is active: table {Table}, model {Model}")]
    private partial void LogActive(string pipeline, string table, string model);

    [LoggerMessage(Level = LogLevel.Information, Message = "Pipeline {Pipeline} waits: {Reason}")]
    private partial void LogWaiting(string pipeline, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Table {Table} is busy, its pipeline is looked at again later: {Reason}")]
    private partial void LogBusy(string table, string reason);
}
