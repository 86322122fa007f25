using ThanoSql.Language.Lexing;

namespace ThanoSql.Language.Parsing;

/// <summary>Finds the statement that a misspelt first word was meant to begin.</summary>
internal static class Misspellings
{
    /// <summary>The commands of PostgreSQL 15 to 18; others pass when they are not near a known one.</summary>
    private static readonly string[] PostgresCommands =
    [
        "ABORT", "ALTER", "ANALYZE", "BEGIN", "CALL", "CHECKPOINT", "CLOSE", "CLUSTER", "COMMENT", "COMMIT", "COPY", "CREATE", "DEALLOCATE",
        "DECLARE", "DELETE",
        "DISCARD", "DO", "DROP", "END", "EXECUTE", "EXPLAIN", "FETCH", "GRANT", "IMPORT", "INSERT", "LISTEN", "LOAD", "LOCK", "MERGE", "MOVE",
        "NOTIFY", "PREPARE",
        "REASSIGN", "REFRESH", "REINDEX", "RELEASE", "RESET", "REVOKE", "ROLLBACK", "SAVEPOINT", "SECURITY", "SELECT", "SET", "SHOW", "START",
        "TABLE", "TRUNCATE",
        "UNLISTEN", "UPDATE", "VACUUM", "VALUES", "WITH",
    ];

    public static bool IsPostgresCommand(string word) => PostgresCommands.Contains(word, StringComparer.OrdinalIgnoreCase);

    /// <summary>Refuses a query whose first word is nearly, but not, a command.</summary>
    public static void ThrowAtStart(string text, Token first)
    {
        if (first.Kind != TokenKind.Word || IsPostgresCommand(first.Span.Of(text)))
            return;
        if (NearestName.Of(first.Span.Of(text), [.. StatementStarts.Verbs, .. PostgresCommands]) is not null)
            throw UnknownVerb(text, first);
    }

    public static ThanoSqlSyntaxException UnknownVerb(string text, Token first)
    {
        var word = first.Span.Of(text);
        var nearest = NearestName.Of(word, [.. StatementStarts.Verbs, .. PostgresCommands]);
        return SyntaxErrors.At(
            text, first.Span.Start, SyntaxErrorCodes.UnknownStatement, $"No statement begins with '{word}'.",
            nearest is null ? null : $"Did you mean {nearest}?");
    }
}
