using System.Data.Common;
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
    /// The checks and the query in one round trip. A batch, because Npgsql would cut a plain command's text at each <c>;</c> and run the pieces.
    /// </summary>
    public NpgsqlBatch Batch(NpgsqlConnection connection)
    {
        var batch = new NpgsqlBatch(connection) { Timeout = 0 };
        foreach (var check in Checks)
            batch.BatchCommands.Add(new NpgsqlBatchCommand(check.Sql));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Sql.Sql));
        return batch;
    }

    /// <summary>Reads the checks' results and goes on to the query's own.</summary>
    /// <param name="reader">Of <see cref="Batch"/>, at its beginning.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False when something is not as it was: then the query's rows mean nothing.</returns>
    public async Task<bool> HoldsAsync(DbDataReader reader, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reader);
        foreach (var check in Checks)
        {
            if (!await check.HoldsAsync(reader, cancellationToken))
                return false;
            await reader.NextResultAsync(cancellationToken);
        }
        return true;
    }
}
