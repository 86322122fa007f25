using ThanoSql.Language.Lexing;

namespace ThanoSql.Language.Parsing;

/// <summary>A name in SQL as PostgreSQL compares it.</summary>
internal static class SqlName
{
    public static string Of(string text, Token token)
    {
        var written = token.Span.Of(text);
        if (token.Kind == TokenKind.QuotedName)
            return written[(written.IndexOf('"', StringComparison.Ordinal) + 1)..^1].Replace("\"\"", "\"", StringComparison.Ordinal);
#pragma warning disable CA1308 // PostgreSQL folds names to lower case
        return written.ToLowerInvariant();
#pragma warning restore CA1308
    }
}
