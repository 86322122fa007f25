using System.Collections.Concurrent;
using Dapper;

namespace ThanoSql.Query.Search;

/// <summary>How many rows of a table carry each keyword: counted now, or as it was within the last half minute.</summary>
internal sealed class KeywordCounts(UserDatabase users, IOptions<QueryLimits> limits, TimeProvider time)
{
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(30);

    private const int MostKept = 1_000; // tables, times the paths that tokens are restricted to

    private readonly ConcurrentDictionary<string, Count> _recent = [];

    /// <param name="target">The table.</param>
    /// <param name="paths">With one of these begins the image path of each row that counts; none: all rows count.</param>
    /// <param name="cancellationToken">Ends the statement.</param>
    public async Task<IReadOnlyDictionary<string, long>> NowAsync(
        SearchTarget target, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var (table, keyword) = (Identifier.Quote(target.Definition.Table), Identifier.Quote(target.Definition.Columns.Keyword));
        var below = paths.Count > 0 ? $" AND {SearchHits.Below(Identifier.Quote(target.Definition.ImageCol), "@paths")}" : "";
        var sql = $"SELECT {keyword}, count(*) FROM public.{table} WHERE {keyword} IS NOT NULL{below} GROUP BY {keyword}";
        using var deadline = new Deadline(limits.Value, cancellationToken);
        return await deadline.RunAsync(async running =>
        {
            await using var connection = await (await users.SearchPoolAsync(running)).OpenConnectionAsync(running);
            var found = await connection.QueryAsync<(string Label, long Rows)>(
                new CommandDefinition(sql, new { paths = paths.ToArray() }, cancellationToken: running));
            return found.ToDictionary();
        });
    }

    /// <summary>Whoever finds a count too old has it renewed, and waits only where there is none.</summary>
    public async ValueTask<IReadOnlyDictionary<string, long>> RecentAsync(
        SearchTarget target, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var counted = string.Join('\n', paths.Prepend(target.Definition.Table));
        var known = _recent.GetValueOrDefault(counted);
        if (known is null || known.IsOver(time))
        {
            if (_recent.Count >= MostKept)
                _recent.Clear();
            var fresh = new Count(() => NowAsync(target, paths, CancellationToken.None), time.GetTimestamp(), known?.Last);
            known = known is null ? _recent.GetOrAdd(counted, fresh) : _recent.TryUpdate(counted, fresh, known) ? fresh : known;
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
