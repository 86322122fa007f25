using Npgsql;
using ThanoSql.Language;

namespace ThanoSql.Planning.Text;

/// <summary>PostgreSQL's errors as the user's: with the place in the text that was written.</summary>
public static class PostgresErrors
{
    /// <param name="error">What the server said.</param>
    /// <param name="sql">What was sent.</param>
    /// <param name="text">What the user wrote.</param>
    public static QueryException Translate(PostgresException error, SqlText sql, string text)
    {
        ArgumentNullException.ThrowIfNull(error);
        ArgumentNullException.ThrowIfNull(sql);
        var origin = sql.OriginOf(error.Position);
        return new QueryException(
            error.SqlState, error.MessageText, origin is { } at ? TextPosition.Of(text, at) : null, error.Hint ?? error.Detail, error);
    }

    /// <summary>As <see cref="Translate"/>, for a source that runs by itself: columns of the query around it are not there.</summary>
    internal static QueryException TranslateSource(PostgresException error, SqlText sql, string text)
    {
        var translated = Translate(error, sql, text);
        return error.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn && error.MessageText.Contains(
            "FROM-clause", StringComparison.Ordinal)
            ? new QueryException(
                QueryErrorCodes.CorrelatedSource,
                $"{error.MessageText}: the source of a ThanoSQL statement runs once and by itself, so it cannot use columns of the query around it.",
                translated.Position, "Join the statement's result to the outer query instead.", error)
            : translated;
    }
}
