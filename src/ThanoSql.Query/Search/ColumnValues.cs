namespace ThanoSql.Query.Search;

/// <summary>What a column takes as a filter's value, for people.</summary>
internal static class ColumnValues
{
    /// <summary>Whether a value may name a time zone.</summary>
    public static bool HasTime(string type) => type.StartsWith("time", StringComparison.Ordinal);

    /// <summary>What PostgreSQL did not take, by parameter and value.</summary>
    /// <param name="error">Of class 22: a value is of another type, or out of its range.</param>
    /// <param name="request">Of the statement.</param>
    /// <param name="target">Its table.</param>
    public static QueryException Refused(PostgresException error, SearchRequest request, SearchTarget target)
    {
        var filters = request.Filters.Where(f => f.HasValue).ToList();
        var wrong = filters.Count == 1
            ? filters[0]
            : filters.FirstOrDefault(f => error.MessageText.Contains($"\"{f.Value}\"", StringComparison.Ordinal)) ?? InList(error, filters);
        if (wrong is null)
            return new QueryException(ErrorCode.OfSqlState(error.SqlState), error.MessageText, inner: error);
        var type = target.Columns[wrong.Column].Type;
        return new QueryException(
            ErrorCode.OfSqlState(error.SqlState), $"'{wrong.Parameter}': {error.MessageText}.",
            hint: $"'{wrong.Column}' is of type {type}{(Taken(type) is { } taken ? $": it takes {taken}" : "")}.", inner: error);
    }

    private static SearchFilter? InList(PostgresException error, IEnumerable<SearchFilter> filters) => filters.FirstOrDefault(
        f => f.Operator == "IN" && error.MessageText.Split('"') is [_, var value, ..] && f.Value.Contains($"\"{value}\"", StringComparison.Ordinal));

    private static string? Taken(string type) => type switch
    {
        "smallint" => "whole numbers from -32768 to 32767",
        "integer" => "whole numbers from -2147483648 to 2147483647",
        "bigint" => "whole numbers from -9223372036854775808 to 9223372036854775807",
        "real" => "numbers up to 3.4e38",
        "double precision" => "numbers up to 1.7e308",
        "numeric" => "numbers, such as 12.50",
        "boolean" => "true or false",
        "date" => "days, such as 2026-01-31",
        "timestamp without time zone" => "times, such as 2026-01-31T12:00:00",
        "timestamp with time zone" => "times, such as 2026-01-31T12:00:00Z or 2026-01-31T12:00:00%2B09:00; one without a zone is of UTC",
        "uuid" => "UUIDs, such as 123e4567-e89b-12d3-a456-426614174000",
        _ => null,
    };
}
