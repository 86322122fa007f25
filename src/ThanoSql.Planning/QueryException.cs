namespace ThanoSql.Planning;

/// <summary>A request that cannot be done, be it a query, a training run or a search; the message says what to do.</summary>
/// <param name="code">What kind of mistake it is, for programs.</param>
/// <param name="message">For people.</param>
/// <param name="position">Where in the user's text; null when no place is at fault.</param>
/// <param name="hint">What to write instead, when that is known.</param>
public sealed class QueryException(ErrorCode code, string message, TextPosition? position = null, string? hint = null, Exception? inner = null)
    : Exception(message, inner)
{
    public ErrorCode Code { get; } = code;

    public TextPosition? Position { get; } = position;

    public string? Hint { get; } = hint;

    /// <summary>The training run that it is about, in <c>thanosql.training_runs</c>; null when it is about none.</summary>
    public long? Run { get; init; }

    /// <summary>PostgreSQL's error as the user's: with the place in the text that was written.</summary>
    /// <param name="error">What the server said.</param>
    /// <param name="sql">What was sent.</param>
    /// <param name="text">What the user wrote.</param>
    public static QueryException Of(PostgresException error, SqlText sql, string text)
    {
        ArgumentNullException.ThrowIfNull(error);
        ArgumentNullException.ThrowIfNull(sql);
        TextPosition? position = sql.OriginOf(error.Position) is { } at ? TextPosition.Of(text, at) : null;
        return new QueryException(ErrorCode.OfSqlState(error.SqlState), error.MessageText, position, error.Hint ?? error.Detail, error);
    }

    /// <summary>As <see cref="Of"/>, for a source that runs by itself: columns of the query around it are not there.</summary>
    internal static QueryException OfSource(PostgresException error, SqlText sql, string text)
    {
        var translated = Of(error, sql, text);
        return error.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn
            && error.MessageText.Contains("FROM-clause", StringComparison.Ordinal)
            ? new QueryException(
                ErrorCode.CorrelatedSource,
                $"{error.MessageText}: the source of a ThanoSQL statement runs once and by itself, so it cannot use columns of the query around it.",
                translated.Position, "Join the statement's result to the outer query instead.", error)
            : translated;
    }
}
