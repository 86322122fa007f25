using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace ThanoSql.Catalog.Tables;

/// <summary>
/// The indexes (keyword, column, image path) for the columns that a pipeline's file lets searches sort by. They come and go while readers and writers
/// go on, never during a promotion, which copies a table's indexes and keeps their names.
/// </summary>
/// <param name="database">With the rights of the catalog's owner.</param>
/// <param name="logger">Hears of each index.</param>
internal sealed partial class SortIndexes(NpgsqlDataSource database, ILogger logger)
{
    // Only types whose values are short: an index refuses rows of more than 2,700 bytes, and nobody's row may be refused for the sake of a search
    private const string Columns = """
        SELECT a.attname
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
        WHERE c.oid = to_regclass($1) AND c.relkind = 'r' AND NOT a.attisdropped AND a.attname = ANY ($2)
          AND (t.typlen > 0 OR t.typname = 'numeric' OR t.typname IN ('varchar', 'bpchar') AND a.atttypmod BETWEEN 5 AND 259)
        """;

    private const string Indexes = """
        SELECT i.relname, x.indisvalid,
               ARRAY(SELECT a.attname::text FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS k (number, place)
                     JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number ORDER BY k.place)
        FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am am ON am.oid = i.relam
        WHERE x.indrelid = to_regclass($1) AND am.amname = 'btree' AND x.indnatts = 3 AND x.indnkeyatts = 3
          AND x.indpred IS NULL AND x.indexprs IS NULL AND NOT x.indisunique AND x.indoption::text = '0 0 0'
        """;

    private readonly ConcurrentDictionary<(string Table, string Column), bool> _refused = new();

    /// <summary>
    /// Builds what is missing and drops what no file names any more, of our own. Cheap when there is nothing to do; left to a later call while the
    /// model is being built or promoted.
    /// </summary>
    public async Task FollowAsync(TableSession session, PipelineTable table, CancellationToken cancellationToken)
    {
        if ((await LookAsync(session, table, cancellationToken)).IsDone)
            return;
        await using var held = await ModelLock.TryTakeAsync(database, table.Model, cancellationToken);
        if (held is null || await IsBeingPromotedAsync(table.Model, cancellationToken))
            return;
        await session.Command("SET lock_timeout = '5min'").RunAsync(cancellationToken); // whoever holds the table, or an old snapshot
        var (missing, superfluous) = await LookAsync(session, table, cancellationToken);
        foreach (var name in superfluous)
            await DropAsync(session, name, cancellationToken);
        foreach (var column in missing)
            await BuildAsync(session, table, column, cancellationToken);
    }

    private async Task BuildAsync(TableSession session, PipelineTable table, string column, CancellationToken cancellationToken)
    {
        var name = $"thanosql_sort_{RandomNumberGenerator.GetHexString(16, lowercase: true)}"; // nobody can take it beforehand
        var start = Stopwatch.GetTimestamp();
        try
        {
            await LongAsync(
                session,
                $"CREATE INDEX CONCURRENTLY {name} ON {table.Sql} ({string.Join(", ", Shape(table, column).Select(Identifier.Quote))})",
                cancellationToken);
            LogBuilt(table.Name, column, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        catch (PostgresException error) when (error.SqlState != PostgresErrorCodes.AdminShutdown)
        {
            if (error.SqlState is not (PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected))
                _refused[(table.Name, column)] = true;
            LogRefused(table.Name, column, error.MessageText);
            await DropAsync(session, name, cancellationToken); // a failed one stays, unusable and kept up by every write
        }
    }

    private static Task DropAsync(TableSession session, string name, CancellationToken cancellationToken) =>
        LongAsync(session, $"DROP INDEX CONCURRENTLY IF EXISTS public.{Identifier.Quote(name)}", cancellationToken);

    private static async Task LongAsync(TableSession session, string sql, CancellationToken cancellationToken)
    {
        await using var command = session.Single(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>What is missing and what is too much.</summary>
    private async Task<Difference> LookAsync(TableSession session, PipelineTable table, CancellationToken cancellationToken)
    {
        var served = new[] { table.Columns.Keyword, table.Columns.Score, table.ImageCol };
        var named = table.Pipelines.Where(p => p.HasFile).SelectMany(p => p.Definition.Search.Sort).Distinct().Except(served).ToArray();
        var columns = await session.Command(Columns, table.Sql, named).ListAsync<string>(cancellationToken);
        var indexes = await session.Command(Indexes, table.Sql).ListAsync<(string Name, bool Valid, string[] Columns)>(cancellationToken);
        var shapes = columns.ConvertAll(c => Shape(table, c));
        var ours = indexes.Where(i => OurName().IsMatch(i.Name) && Shape(table, i.Columns[1]).SequenceEqual(i.Columns));
        return new Difference(
            [.. columns.Where(c => !_refused.ContainsKey((table.Name, c))
                && !indexes.Any(i => i.Valid && i.Columns.SequenceEqual(Shape(table, c))))],
            [.. ours.Where(i => !i.Valid || !shapes.Any(i.Columns.SequenceEqual)).Select(i => i.Name)]);
    }

    /// <summary>Whether a trainer prepares a version, or died over it.</summary>
    private Task<bool> IsBeingPromotedAsync(string model, CancellationToken cancellationToken) => database.Command(
        "SELECT EXISTS (SELECT FROM thanosql.model WHERE name = $1 AND next_version_id IS NOT NULL)", model).ScalarAsync<bool>(cancellationToken);

    /// <summary>Forwards for ascending order, backwards for descending; within equal values in the order of the paths, as pages are cut.</summary>
    private static string[] Shape(PipelineTable table, string column) => [table.Columns.Keyword, column, table.ImageCol];

    [GeneratedRegex(@"\Athanosql_sort_[0-9a-f]{16}\z")]
    private static partial Regex OurName();

    [LoggerMessage(Level = LogLevel.Information, Message = "Table {Table} has an index to sort by {Column}, after {Seconds:0} s")]
    private partial void LogBuilt(string table, string column, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Table {Table} gets no index to sort by {Column}, so such searches read every hit: {Reason}")]
    private partial void LogRefused(string table, string column, string reason);

    private sealed record Difference(IReadOnlyList<string> Missing, IReadOnlyList<string> Superfluous)
    {
        public bool IsDone => Missing.Count + Superfluous.Count == 0;
    }
}
