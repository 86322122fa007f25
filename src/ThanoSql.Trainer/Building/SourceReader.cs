using ThanoSql.Catalog.Roles;
using ThanoSql.Catalog.Tables;

namespace ThanoSql.Trainer.Building;

/// <summary>Runs the source of a BUILD or FIT with the rights of who asked.</summary>
internal sealed class SourceReader(NpgsqlDataSource database, UserDatabase users, QueryPlanner planner, IOptions<TrainingOptions> training)
{
    /// <param name="source">The statement's.</param>
    /// <param name="session">Of who asked; hears of progress and of who is waited for.</param>
    /// <param name="read">Takes the rows.</param>
    /// <exception cref="QueryException">The source is wrong, or takes too long.</exception>
    public async Task<T> ReadAsync<T>(QuerySyntax source, RunSession session, Func<NpgsqlDataReader, CancellationToken, Task<T>> read)
    {
        await using var user = await users.OpenAsync(UserDatabase.NoToken, session.Run.Scope, session.Stopping);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(session.Stopping);
        deadline.CancelAfter(TimeSpan.FromSeconds(training.Value.SourceSeconds));
        await using var watch = new LockWatch(
            database, user.ProcessId, TimeSpan.FromSeconds(1), holder => session.WaitsFor("what the source reads", holder));
        try
        {
            return await user.RunAsync(token => ReadAsync(user.Connection, source, session.Say, read, token), deadline.Token);
        }
        catch (Exception late) when (deadline.IsCancellationRequested && !session.Stopping.IsCancellationRequested && late is not QueryException)
        {
            throw new QueryException(
                ErrorCode.Timeout, $"The source took longer than {training.Value.SourceSeconds} s (Training:SourceSeconds).",
                hint: "Keep its rows in a table, and build from that.", inner: late);
        }
    }

    // Cancelled on the server, too
    private async Task<T> ReadAsync<T>(
        NpgsqlConnection connection, QuerySyntax source, Action<string> say, Func<NpgsqlDataReader, CancellationToken, Task<T>> read,
        CancellationToken cancellationToken)
    {
        var planned = await planner.PlanAsync(source, connection, fills: true, say, cancellationToken);
        foreach (var message in planned.Messages)
            say(message);
        try
        {
            // A batch: a plain command would be cut at each ';' and run in pieces.
            await using var command = new NpgsqlBatch(connection) { BatchCommands = { new NpgsqlBatchCommand(planned.Sql.Sql) }, Timeout = 0 };
            await using var rows = await command.ExecuteReaderAsync(cancellationToken);
            return await read(rows, cancellationToken);
        }
        catch (PostgresException error) when (error.SqlState != PostgresErrorCodes.QueryCanceled)
        {
            throw QueryException.Of(error, planned.Sql, source.Text);
        }
    }
}

/// <summary>Finds the columns of a source that a statement needs.</summary>
internal static class SourceColumns
{
    public static string[] Of(NpgsqlDataReader rows) => [.. Enumerable.Range(0, rows.FieldCount).Select(rows.GetName)];

    /// <summary>Where the first of these names stands.</summary>
    /// <param name="columns">Of the source.</param>
    /// <param name="source">For the place of the error.</param>
    /// <param name="kind">What the column holds; <c>{kind}_col</c> is the option that names it.</param>
    /// <param name="names">The best first.</param>
    /// <exception cref="QueryException">There is none of them.</exception>
    public static int Find(string[] columns, QuerySyntax source, string kind, params string[] names)
    {
        var found = names.Select(n => Array.IndexOf(columns, n)).FirstOrDefault(i => i >= 0, -1);
        if (found >= 0)
            return found;
        var nearest = NearestName.Of(names[0], columns) is { } name ? $" Did you mean {name}?" : "";
        throw new QueryException(
            ErrorCode.UnknownColumn,
            $"The source has no {kind} column '{names[0]}'.{nearest} Its columns are: {string.Join(", ", columns)}. "
            + $"Name yours with OPTIONS ({kind}_col='…').",
            TextPosition.Of(source.Text, source.Span.Start));
    }
}
