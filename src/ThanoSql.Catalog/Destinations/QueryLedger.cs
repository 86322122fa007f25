using Microsoft.Extensions.Options;

namespace ThanoSql.Catalog.Destinations;

/// <summary>The statements that tokens had run through the SDK, for each token its own.</summary>
public sealed class QueryLedger(NpgsqlDataSource database, IOptions<DestinationOptions> options, TimeProvider time)
{
    private const int LongestText = 20_000; // characters of a statement, and of an error

    private const string Columns =
        "query_id, statement_type, query, start_time, end_time, destination_schema, destination_table, error_result, total_records, affected_records";

    public Task WriteAsync(ApiToken token, QueryEntry entry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        ArgumentNullException.ThrowIfNull(entry);
        const string sql = $"INSERT INTO thanosql.query_log (token_id, {Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        return database.Command(
            sql, token.Id, entry.QueryId, entry.StatementType, Short(entry.Query), entry.StartTime, entry.EndTime, entry.DestinationSchema,
            entry.DestinationTable, Short(entry.ErrorResult), entry.TotalRecords, entry.AffectedRecords).RunAsync(cancellationToken);
    }

    /// <summary>A token's statements, the latest first, and how many there are.</summary>
    /// <param name="token">Whose.</param>
    /// <param name="search">A part of the statement, in whatever letters; null: all.</param>
    /// <param name="offset">Entries to leave out.</param>
    /// <param name="limit">Entries at most.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public async Task<(IReadOnlyList<QueryEntry> Entries, long Total)> ListAsync(
        ApiToken token, string? search, int offset, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        const string which = "FROM thanosql.query_log WHERE token_id = $1 AND ($2::text IS NULL OR strpos(lower(query), lower($2)) > 0)";
        var entries = await database.Command(
            $"SELECT {Columns} {which} ORDER BY start_time DESC, query_id OFFSET $3 LIMIT $4", token.Id, search, offset, limit)
            .ListAsync<QueryEntry>(cancellationToken);
        return (entries, await database.Command($"SELECT count(*) {which}", token.Id, search).ScalarAsync<long>(cancellationToken));
    }

    /// <summary>Forgets what is older than the log reaches back.</summary>
    public Task ForgetAsync(CancellationToken cancellationToken) => database.Command(
        """
        DELETE FROM thanosql.query_log WHERE query_id IN (
            SELECT query_id FROM (
                SELECT query_id, start_time, row_number() OVER (PARTITION BY token_id ORDER BY start_time DESC) AS place
                FROM thanosql.query_log) AS logged
            WHERE start_time < $1 OR place > $2)
        """,
        time.GetUtcNow() - TimeSpan.FromDays(options.Value.LogDays), options.Value.LogStatements).RunAsync(cancellationToken);

    private static string? Short(string? text) => StorableText.Of(text is { Length: > LongestText } ? text[..LongestText] + "…" : text);
}

/// <summary>One statement and what came of it.</summary>
/// <param name="StartTime">UTC, as <paramref name="EndTime"/>.</param>
/// <param name="DestinationTable">Where its rows are kept, with <paramref name="DestinationSchema"/>; null: they are not.</param>
/// <param name="ErrorResult">Null: it succeeded.</param>
/// <param name="TotalRecords">Rows of its result.</param>
/// <param name="AffectedRecords">Rows that it changed.</param>
public sealed record QueryEntry(
    Guid QueryId, string StatementType, string Query, DateTime StartTime, DateTime EndTime, string? DestinationSchema,
    string? DestinationTable, string? ErrorResult, int TotalRecords, long AffectedRecords);
