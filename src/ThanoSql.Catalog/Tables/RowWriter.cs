using NpgsqlTypes;
using ThanoSql.Catalog.Labels;

namespace ThanoSql.Catalog.Tables;

/// <summary>Writes the answers for images into the rows of a pipeline's table, inside the transaction that settles the images themselves.</summary>
public static class RowWriter
{
    /// <summary>
    /// Makes, updates, clears or removes the rows of these images. A row that cannot be written does not keep others from being written.
    /// </summary>
    /// <param name="session">In a transaction that holds the images, models and pipelines.</param>
    /// <param name="table">Whose rows.</param>
    /// <param name="images">With their new state written already.</param>
    /// <param name="cancellationToken">Stops the statements.</param>
    /// <returns>Images whose row the table refuses, with the reason.</returns>
    /// <exception cref="TableTroubleException">The table's own code took longer than <see cref="TableSessionOptions.Seconds"/>.</exception>
    public static async Task<IReadOnlyDictionary<long, RowRefusal>> WriteAsync(
        TableSession session, PipelineTable table, IReadOnlyCollection<long> images, CancellationToken cancellationToken)
    {
        try
        {
            return await WriteEachAsync(session, table, images, cancellationToken);
        }
        catch (NpgsqlException slow) when (slow.InnerException is TimeoutException)
        {
            throw new TableTroubleException(
                $"Writing rows of table '{table.Name}' took longer than Database:Tables:Seconds. Its triggers or checks are slow.", slow);
        }
        catch (PostgresException cancelled) when (cancelled.SqlState == PostgresErrorCodes.QueryCanceled)
        {
            throw new TableTroubleException($"Writing rows of table '{table.Name}' was cancelled ({cancelled.MessageText}).", cancelled);
        }
    }

    private static async Task<IReadOnlyDictionary<long, RowRefusal>> WriteEachAsync(
        TableSession session, PipelineTable table, IReadOnlyCollection<long> images, CancellationToken cancellationToken)
    {
        var refused = new Dictionary<long, RowRefusal>();
        if (images.Count == 0 || await TryAsync(session, table, images.Order().ToArray(), cancellationToken) is not { } first)
            return refused;
        if (images.Count == 1)
        {
            refused[images.Single()] = first;
        }
        else
        {
            var patience = await session.Command("SELECT current_setting('lock_timeout')").ScalarAsync<string>(cancellationToken);
            // Who has locked many rows is not waited for at each of them
            if (first.Passing)
                await SetPatienceAsync(session, "100ms", cancellationToken);
            foreach (var image in images.Order())
            {
                if (await TryAsync(session, table, [image], cancellationToken) is { } refusal)
                    refused[image] = refusal.Passing ? first : refusal;
            }
            await SetPatienceAsync(session, patience!, cancellationToken);
        }
        return refused;
    }

    private static Task<int> SetPatienceAsync(TableSession session, string patience, CancellationToken cancellationToken) =>
        session.Command("SELECT set_config('lock_timeout', $1, true)", patience).RunAsync(cancellationToken);

    /// <summary>Makes the rows that a pipeline's images lack.</summary>
    /// <param name="images">Null for all of its prefix.</param>
    internal static async Task CreateAsync(
        TableSession session, PipelineTable table, PipelineRow pipeline, long versionId, long[]? images, CancellationToken cancellationToken)
    {
        var create = session.Call(RowStatements.Create(table), pipeline.PipelineId, versionId, table.Workspace);
        create.Parameters.Add(
            new NpgsqlParameter { Value = (object?)images ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
        if (images is null)
            create.CommandTimeout = TableFill.StatementSeconds;
        await create.RunAsync(cancellationToken);
    }

    private static async Task<RowRefusal?> TryAsync(
        TableSession session, PipelineTable table, long[] images, CancellationToken cancellationToken)
    {
        await session.Command("SAVEPOINT rows").RunAsync(cancellationToken);
        await using var watch = session.Watch(TimeSpan.FromMilliseconds(100));
        try
        {
            await ApplyAsync(session, table, images, cancellationToken);
            // Constraints now, or they fail the commit of all images
            await session.RunAsync(["SET CONSTRAINTS ALL IMMEDIATE", "RELEASE SAVEPOINT rows"], cancellationToken);
            return null;
        }
        catch (PostgresException error) when (RowRefusal.Of(error, table.Name) is not null)
        {
            await session.Command("ROLLBACK TO SAVEPOINT rows").RunAsync(cancellationToken);
            var refusal = RowRefusal.Of(error, table.Name)!;
            return refusal.Passing && watch.Holder is { } holder
                ? refusal with { Reason = $"A row of table '{table.Name}' {holder.Words("it", DateTimeOffset.UtcNow)}." }
                : refusal;
        }
    }

    private static async Task ApplyAsync(TableSession session, PipelineTable table, long[] images, CancellationToken cancellationToken)
    {
        foreach (var pipeline in table.Pipelines.Where(p => p.Active && p.Definition.Rows == RowOrigin.Create))
            await CreateAsync(session, table, pipeline, table.Current.VersionId, images, cancellationToken);
        var deleting = table.Pipelines.Where(p => p.Active && p.Definition.OnDelete == DeleteRule.Delete).Select(p => p.PipelineId).ToArray();
        if (deleting.Length > 0)
        {
            var made = await session.Call("SELECT * FROM thanosql.take_made($1, $2, $3, $4)", deleting, table.Workspace, images)
                .ListAsync<(int Pipeline, long Image, string Path)>(cancellationToken);
            if (made.Count > 0)
            {
                await session.Call(
                    RowStatements.Delete(table), table.Name, made.Select(m => m.Pipeline).ToArray(), made.Select(m => m.Image).ToArray(),
                    made.Select(m => m.Path).ToArray()).RunAsync(cancellationToken);
            }
        }
        await UpdateAsync(table.Columns, table.Current);
        if (table is { Next: { } next, HasNextColumns: true })
            await UpdateAsync(table.Columns.Next(), next);
        if (table.LabelCol is not null)
            await LabelColumn.WriteInheritedAsync(session, table, images, cancellationToken);

        Task<int> UpdateAsync(IndexColumns columns, ServedVersion version) =>
            session.Call(RowStatements.Update(table, columns), table.PipelineIds, version.VersionId, table.Workspace, images)
                .RunAsync(cancellationToken);
    }
}

/// <summary>Why a table did not take a row.</summary>
/// <param name="Reason">For people.</param>
/// <param name="Passing">Somebody holds the row or table: trying again later may help.</param>
public sealed record RowRefusal(string Reason, bool Passing)
{
    /// <summary>Null when the error is not the table's: then the whole transaction failed.</summary>
    internal static RowRefusal? Of(PostgresException error, string table) => error.SqlState[..2] switch
    {
        _ when error.SqlState is PostgresErrorCodes.LockNotAvailable => new($"A row of table '{table}' is locked by somebody else.", Passing: true),
        _ when error.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn =>
            new($"Table '{table}' was replaced meanwhile.", Passing: true),
        // data, constraints, a trigger's own error, privileges, a check of the shop's
        "22" or "23" or "42" or "44" or "P0" or "0A" or "09" or "2F" or "38" or "39" or "54" => new(
            $"Table '{table}' does not take the row: {error.MessageText}{(error.Detail is { } detail ? $" ({detail})" : "")}", Passing: false),
        _ => null,
    };
}
