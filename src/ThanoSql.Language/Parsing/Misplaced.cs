namespace ThanoSql.Language.Parsing;

/// <summary>The errors of a ThanoSQL statement that stands where none may.</summary>
internal static class Misplaced
{
    private static readonly string[] Modifiers = ["OR", "REPLACE", "GLOBAL", "LOCAL", "TEMP", "TEMPORARY", "UNLOGGED", "RECURSIVE", "MATERIALIZED"];
    private static readonly string[] Runnable =
        ["SELECT", "WITH", "VALUES", "TABLE", "INSERT", "UPDATE", "DELETE", "MERGE", "EXPLAIN", "CREATE TABLE"];

    /// <summary>Only commands that run once, now, can hold a statement: a view or prepared statement would run it again later, without us.</summary>
    public static void ThrowIfStored(string text, int queryStart, Token statement)
    {
        var first = SqlLexer.Next(text, queryStart);
        var command = first.Span.Of(text).ToUpperInvariant();
        if (command == "CREATE")
        {
            do
                first = SqlLexer.Next(text, first.Span.End);
            while (Modifiers.Any(modifier => first.Is(text, modifier)));
            command = $"CREATE {first.Span.Of(text).ToUpperInvariant()}";
        }
        if (first.Kind == TokenKind.Word && !Runnable.Contains(command))
        {
            throw SyntaxErrors.At(
                text, statement.Span.Start, SyntaxErrorCodes.NotStorable,
                $"{command} cannot hold {Verb(text, statement)}: ThanoSQL statements are answered at once and not stored.",
                $"Store its rows in a table instead: CREATE TABLE t AS SELECT * FROM ({Verb(text, statement)} …)");
        }
    }

    /// <summary>A statement without parentheses in the middle of SQL.</summary>
    public static ThanoSqlSyntaxException Bare(string text, Token verb, int sqlStart, Frame level)
    {
        var word = Verb(text, verb);
        var command = SqlLexer.Next(text, sqlStart);
        var hint = level switch
        {
            { With.HasBody: true } => $"Put WITH into the source: {word} … AS WITH … SELECT …",
            { AwaitsInsertedRows: true } => $"INSERT INTO t SELECT * FROM ({word} …)",
            _ when command.Is(text, "CREATE") => $"CREATE TABLE t AS SELECT * FROM ({word} …)",
            _ => $"SELECT * FROM ({word} …)",
        };
        return SyntaxErrors.At(
            text, verb.Span.Start, SyntaxErrorCodes.NeedsParentheses, $"{word} inside another statement needs parentheses of its own.", hint);
    }

    /// <summary>A statement directly in an argument list or row.</summary>
    public static ThanoSqlSyntaxException Argument(string text, Token verb)
    {
        var word = Verb(text, verb);
        return SyntaxErrors.At(
            text, verb.Span.Start, SyntaxErrorCodes.NeedsParentheses, $"{word} as an argument needs parentheses of its own.",
            $"Write f(({word} …)) instead of f({word} …).");
    }

    public static ThanoSqlSyntaxException TopLevelOnly(string text, Statement statement) =>
        SyntaxErrors.At(
            text, statement.Span.Start, SyntaxErrorCodes.TopLevelOnly, $"{statement.Verb} gives no rows and cannot stand inside another statement.",
            $"Send {statement.Verb} as a request of its own.");

    /// <summary>Something behind a complete statement.</summary>
    public static ThanoSqlSyntaxException Behind(string text, Statement statement, Token next) =>
        SyntaxErrors.At(
            text, next.Span.Start, SyntaxErrorCodes.Unexpected, $"{statement.Verb} ends before '{next.Span.Of(text)}', which does not belong to it.",
            Usages.Of(statement.Verb));

    private static string Verb(string text, Token verb) => verb.Span.Of(text).ToUpperInvariant();
}
