using System.Collections.Concurrent;
using Dapper;

namespace ThanoSql.Query.Search;

/// <summary>How many rows of a table carry each keyword: counted now, or as it was within the last half minute.</summary>
internal sealed class KeywordCounts(UserDatabase users, IOptions<QueryLimits> limits, TimeProvider time)
{
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, Count> _recent = [];

    public async Task<IReadOnlyDictionary<string, long>> NowAsync(SearchTarget target, CancellationToken cancellationToken)
    {
        var (table, keyword) = (Identifier.Quote(target.Definition.Table), Identifier.Quote(target.Definition.Columns.Keyword));
        var sql = $"SELECT {keyword}, count(*) FROM public.{table} WHERE {keyword} IS NOT NULL GROUP BY {keyword}";
        using var deadline = new Deadline(limits.Value, cancellationToken);
        return await deadline.RunAsync(async running =>
        {
            await using var connection = await (await users.SearchPoolAsync(running)).OpenConnectionAsync(running);
            var found = await connection.QueryAsync<(string Label, long Rows)>(new CommandDefinition(sql, cancellationToken: running));
            return found.ToDictionary();
        });
    }

    /// <summary>Whoever finds a count too old has it renewed, and waits only where there is none.</summary>
    public async ValueTask<IReadOnlyDictionary<string, long>> RecentAsync(SearchTarget target, CancellationToken cancellationToken)
    {
        var table = target.Definition.Table;
        var known = _recent.GetValueOrDefault(table);
        if (known is null || known.IsOver(time))
        {
            var fresh = new Count(() => NowAsync(target, CancellationToken.None), time.GetTimestamp(), known?.Last);
            known = known is null ? _recent.GetOrAdd(table, fresh) : _recent.TryUpdate(table, fresh, known) ? fresh : known;
        }
        return known.Last ?? await known.Rows.WaitAsync(cancellationToken);
    }

    /// <summary>A count that begins when somebody first looks at it.</summary>
    /// <param name="ask">Counts.</param>
    /// <param name="askedAt">A timestamp.</param>
    /// <param name="before">What was counted the time before.</param>
    private sealed class Count(
        Func<Task<IReadOnlyDictionary<string, long>>> ask, long askedAt, IReadOnlyDictionary<string, long>? before)
    {
        private readonly Lazy<Task<IReadOnlyDictionary<string, long>>> _rows = new(ask);

        public Task<IReadOnlyDictionary<string, long>> Rows => _rows.Value;

        /// <summary>What is known by now.</summary>
        public IReadOnlyDictionary<string, long>? Last => Rows.IsCompletedSuccessfully ? Rows.Result : before;

        /// <summary>Whether another is due.</summary>
        public bool IsOver(TimeProvider time) => Rows.IsCompleted && (!Rows.IsCompletedSuccessfully || time.GetElapsedTime(askedAt) > Age);
    }
}
