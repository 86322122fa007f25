using System.Data.Common;
using Microsoft.Extensions.Caching.Memory;

namespace ThanoSql.Planning;

/// <summary>A request that PostgreSQL can run, on the connection it was planned on: temporary tables of that session may hold parts of it.</summary>
/// <param name="Sql">To be sent as it is.</param>
/// <param name="Messages">For the user: what was skipped, and where to look.</param>
/// <param name="Checks">What must still be so for the plan to be right; none for one that was just made.</param>
public sealed record PlannedQuery(SqlText Sql, IReadOnlyList<string> Messages, IReadOnlyList<PlanCheck> Checks)
{
    /// <summary>Asks all checks in one round trip, before the query is sent.</summary>
    /// <param name="connection">Of the role that the query runs as.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False when something is not as it was: then the query would give other rows.</returns>
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

/// <summary>A query that says whether a plan is still right: it must give the columns and the row that it gave when the plan was made.</summary>
/// <param name="Sql">Run with the user's rights.</param>
/// <param name="Columns">Their names, in order.</param>
/// <param name="Row">The only row, of texts; null when there is none.</param>
public sealed record PlanCheck(string Sql, IReadOnlyList<string> Columns, IReadOnlyList<string>? Row = null)
{
    internal async Task<bool> HoldsAsync(DbDataReader reader, CancellationToken cancellationToken)
    {
        if (!Enumerable.Range(0, reader.FieldCount).Select(reader.GetName).SequenceEqual(Columns))
            return false;
        if (Row is null)
            return true;
        if (!await reader.ReadAsync(cancellationToken))
            return false;
        for (var i = 0; i < Row.Count; i++)
        {
            if (await reader.IsDBNullAsync(i, cancellationToken) || reader.GetString(i) != Row[i])
                return false;
        }
        return true;
    }
}

/// <summary>Plans of requests that are likely to come again, with the checks under which they may be used again.</summary>
internal sealed class PlanMemory : IDisposable
{
    private const int Plans = 512;
    private const int LongestText = 8_192;

    private readonly MemoryCache _plans = new(new MemoryCacheOptions { SizeLimit = Plans });

    public PlannedQuery? Recall(string text) => _plans.TryGetValue(text, out PlannedQuery? plan) ? plan : null;

    public void Keep(string text, PlannedQuery plan)
    {
        if (text.Length <= LongestText)
            _plans.Set(text, plan, new MemoryCacheEntryOptions { Size = 1, SlidingExpiration = TimeSpan.FromHours(1) });
    }

    public void Dispose() => _plans.Dispose();
}
