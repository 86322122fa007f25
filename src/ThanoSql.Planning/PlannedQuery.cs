using Npgsql;
using ThanoSql.Planning.Text;

namespace ThanoSql.Planning;

/// <summary>A request that PostgreSQL can run, on the connection it was planned on: temporary tables of that session may hold parts of it.</summary>
/// <param name="Sql">To be sent as it is.</param>
/// <param name="Messages">For the user: what was skipped, and where to look.</param>
/// <param name="Checks">What must still be so for the plan to be right; none for one that was just made.</param>
public sealed record PlannedQuery(SqlText Sql, IReadOnlyList<string> Messages, IReadOnlyList<PlanCheck> Checks)
{
    /// <summary>
    /// Asks all checks in one round trip. Ask behind the query: what still is as it was when the plan was made has been so all the while.
    /// </summary>
    /// <param name="connection">Of the role that the query runs as.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False when something is not as it was: then the query's rows mean nothing.</returns>
    public async Task<bool> HoldsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (Checks.Count == 0)
            return true;
        await using var batch = new NpgsqlBatch(connection) { Timeout = 0 };
        foreach (var check in Checks)
            batch.BatchCommands.Add(new NpgsqlBatchCommand(check.Sql));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        foreach (var check in Checks)
        {
            if (!await check.HoldsAsync(reader, cancellationToken))
                return false;
            await reader.NextResultAsync(cancellationToken);
        }
        return true;
    }
}
