namespace ThanoSql.Query.Sdk;

/// <summary>
/// Does what the SDK asks of the users' tables: in one transaction, with the rights of the token's role and no more, within the limits of a
/// statement.
/// </summary>
internal sealed class UserWork(UserDatabase users, StatementTurns turns, IOptions<QueryLimits> limits)
{
    private readonly QueryLimits _limits = limits.Value;

    /// <exception cref="QueryException">It takes too long, or names a schema that is not there.</exception>
    /// <exception cref="PostgresException">The role may not do it, or it cannot be done: all is as it was.</exception>
    public async Task<T> RunAsync<T>(
        ApiToken token, Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var turn = await turns.EnterAsync(token.Name, cancellationToken);
        using var deadline = new Deadline(_limits, cancellationToken);
        try
        {
            return await deadline.RunAsync(running => OnSessionAsync(token, turn, work, running));
        }
        catch (PostgresException missing) when (missing.SqlState == PostgresErrorCodes.InvalidSchemaName)
        {
            throw new QueryException(ErrorCode.NotFound, missing.MessageText, hint: "GET /api/v1/schema/ lists them.", inner: missing);
        }
    }

    private async Task<T> OnSessionAsync<T>(
        ApiToken token, Turn turn, Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        var session = await users.OpenAsync(token.Name, token.Scope, cancellationToken);
        try
        {
            return await session.RunAsync(async running =>
            {
                await using var transaction = await session.Connection.BeginTransactionAsync(running);
                var result = await work(session.Connection, running);
                await transaction.CommitAsync(running);
                return result;
            }, cancellationToken);
        }
        finally
        {
            await session.DisposeAsync();
            turn.HoldUntil(session.Gone);
        }
    }
}

/// <summary>Statements that we compose of a user's names.</summary>
internal static class UserStatements
{
    /// <summary>Sent whole: the server refuses a text that turns out to be several statements.</summary>
    /// <returns>Rows that were changed.</returns>
    public static async Task<int> RunAsync(
        this NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params NpgsqlParameter[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(value);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { command }, Timeout = 0 };
        return await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
