namespace ThanoSql.Language;

/// <summary>Makes the exceptions, so that each kind of error reads alike everywhere.</summary>
internal static class SyntaxErrors
{
    public static ThanoSqlSyntaxException At(string text, int offset, string code, string message, string? hint = null) =>
        new(code, message, TextPosition.Of(text, offset), hint);

    public static ThanoSqlSyntaxException Unterminated(string text, int offset, string what, string closer) =>
        At(text, offset, SyntaxErrorCodes.Unterminated, $"The {what} that starts here is never closed.", $"Close it with {closer}");

    public static ThanoSqlSyntaxException TooDeep(string text, int offset, string what, int limit) =>
        At(
            text, offset, SyntaxErrorCodes.TooDeep, $"More than {limit} {what} stand inside each other here.",
            "Store a part of the query in a table: CREATE TABLE t AS SELECT …");

    public static ThanoSqlSyntaxException SeveralStatements(string text, int offset) =>
        At(
            text, offset, SyntaxErrorCodes.SeveralStatements, "One request holds one statement; another text follows the ';'.",
            "Send each statement as a request of its own.");
}
