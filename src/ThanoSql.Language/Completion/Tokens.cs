namespace ThanoSql.Language.Completion;

/// <summary>The tokens of a text that need not be right.</summary>
internal static class Tokens
{
    /// <returns>Those before the first string, quoted name or comment that is not closed, and where that begins.</returns>
    public static (List<Token> Tokens, int? Open) Of(string text)
    {
        var tokens = new List<Token>();
        var offset = 0;
        try
        {
            for (var token = SqlLexer.Next(text, offset); token.Kind != TokenKind.End; token = SqlLexer.Next(text, offset))
            {
                tokens.Add(token);
                offset = token.Span.End;
            }
        }
        catch (ThanoSqlSyntaxException unterminated)
        {
            return (tokens, unterminated.Position.Offset);
        }
        return (tokens, IsInLineComment(text, offset) ? text.Length - 1 : null);
    }

    // The lexer passes over comments; a caret in one has nothing to complete
    private static bool IsInLineComment(string text, int offset)
    {
        var rest = text.AsSpan(offset);
        return rest.LastIndexOf("--") is >= 0 and var start && rest[start..].IndexOfAny('\n', '\r') < 0;
    }
}

/// <summary>Names as PostgreSQL takes them.</summary>
internal static class Names
{
    /// <summary>In lower case, or as it stands between its quotes.</summary>
    public static string Fold(ReadOnlySpan<char> name) => name.Length > 1 && name[0] == '"'
        ? name[1..^1].ToString().Replace("\"\"", "\"", StringComparison.Ordinal)
        : name.ToString().ToLowerInvariant();
}
