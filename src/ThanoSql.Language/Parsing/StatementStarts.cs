namespace ThanoSql.Language.Parsing;

/// <summary>
/// Tells the beginning of a ThanoSQL statement from a name of the user's: none of the verbs is reserved, so <c>SELECT predict, search FROM print</c>
/// and <c>FROM (search s JOIN list l ON …)</c> stay PostgreSQL's. Looks ahead by a few tokens, by SQL's rules: behind a parenthesis no <c># …</c>
/// comment may part them.
/// </summary>
internal static class StatementStarts
{
    /// <summary>The first words that only ThanoSQL has; DELETE, COPY and CREATE are shared with PostgreSQL.</summary>
    public static readonly string[] Verbs =
    [
        "PREDICT", "EVALUATE", "CONVERT", "TRANSFORM", "GENERATE", "SEARCH", "FUNCTION", "LIST", "BUILD", "FIT", "UPLOAD", "PRINT", "GET",
        "PREPROCESS",
    ];

    private static readonly string[] AppliedVerbs = ["PREDICT", "EVALUATE", "CONVERT", "TRANSFORM", "GENERATE"];
    private static readonly string[] Sourced = ["OPTIONS", "AS", "FROM"];

    /// <summary>Whether the text of a query begins with a statement: there the first word decides, for PostgreSQL has no such commands.</summary>
    public static bool AtStart(string text, Token first) =>
        IsAny(text, first, Verbs)
        || first.Is(text, "COPY")
        || (first.Is(text, "DELETE") && Behind(text, first).Is(text, "MODEL"))
        || (first.Is(text, "CREATE") && IsCreateTableUsing(text, first));

    /// <summary>Whether <paramref name="first"/>, directly behind a parenthesis, begins a statement.</summary>
    public static bool InParentheses(string text, Token first)
    {
        if (first.Kind != TokenKind.Word)
            return false;
        var second = Behind(text, first);
        var third = Behind(text, second);
        if (IsAny(text, first, AppliedVerbs))
            return IsApplied(text, second, third);
        if (first.Is(text, "SEARCH"))
            return IsWord(second) && IsSearch(text, second, third);
        if (first.Is(text, "FUNCTION"))
            return third.Is(text, '.') && IsAny(text, Behind(text, Behind(text, third)), Sourced);
        if (first.Is(text, "LIST"))
            return second.Is(text, "THANOSQL") || (IsAny(text, second, "TABLE", "MODEL", "THANOSQL_MODEL") && third.Is(text, ')'));
        return IsTopLevelOnly(text, first, second, third);
    }

    /// <summary>
    /// Whether a statement begins at <paramref name="word"/> wherever it stands, for no SQL of PostgreSQL reads like this:
    /// <c>PREDICT USING m AS SELECT</c> or <c>PREDICT USING m OPTIONS (a =</c>. (<c>DELETE FROM predict USING t AS u</c> is PostgreSQL's.)
    /// </summary>
    public static bool Anywhere(string text, Token word)
    {
        if (IsAny(text, word, AppliedVerbs))
            return IsUsingModel(text, Behind(text, word));
        return word.Is(text, "SEARCH") && IsWord(Behind(text, word)) && IsUsingModel(text, Behind(text, Behind(text, word)));
    }

    /// <summary>Whether this is a statement with a misspelt verb: <c>( PREDCT USING m AS …</c>, which PostgreSQL has no meaning for either.</summary>
    public static bool LooksMisspelt(string text, Token first) =>
        first.Kind == TokenKind.Word && IsUsingModel(text, Behind(text, first)) && !IsAny(text, first, Verbs);

    private static bool IsUsingModel(string text, Token token)
    {
        if (!token.Is(text, "USING"))
            return false;
        var model = Behind(text, token);
        var next = Behind(text, model);
        if (next.Is(text, "AS"))
            return SqlWords.StartsSource(Behind(text, next).Characters(text)) || Behind(text, next).Is(text, '(');
        var name = Behind(text, Behind(text, next));
        return next.Is(text, "OPTIONS") && Behind(text, next).Is(text, '(') && Behind(text, name).Is(text, '=');
    }

    /// <summary>USING, or what is left when it or the model was forgotten: <c>PREDICT AS SELECT</c>, <c>PREDICT m OPTIONS</c>.</summary>
    private static bool IsApplied(string text, Token second, Token third)
    {
        if (second.Is(text, "AS"))
            return SqlWords.StartsSource(third.Characters(text));
        return second.Is(text, "USING") || (IsWord(second) && IsAny(text, third, "OPTIONS", "AS"));
    }

    private static bool IsSearch(string text, Token kind, Token third)
    {
        if (third.Is(text, "AS"))
            return IsAny(text, kind, "IMAGE", "AUDIO", "VIDEO", "TEXT", "KEYWORD");
        return IsAny(text, third, "USING", "OPTIONS") || (IsWord(third) && Behind(text, third).Is(text, '='));
    }

    private static bool IsTopLevelOnly(string text, Token first, Token second, Token third)
    {
        var fourth = Behind(text, third);
        if (IsAny(text, first, "BUILD", "FIT", "UPLOAD", "DELETE"))
        {
            return second.Is(text, "MODEL")
                && (IsAny(text, fourth, "USING", "OPTIONS", "FROM") || (first.Is(text, "DELETE") && fourth.Is(text, ')')));
        }

        if (first.Is(text, "GET"))
            return second.Is(text, "THANOSQL");
        if (IsAny(text, first, "PRINT", "PREPROCESS"))
        {
            return IsWord(second)
                && (third.Is(text, "USING") || (IsAny(text, third, "OPTIONS", "AS") && IsAny(text, second, "IMAGE", "AUDIO", "VIDEO")));
        }

        return first.Is(text, "COPY") && IsWord(second) && IsAny(text, third, "OPTIONS", "FROM");
    }

    /// <summary><c>CREATE TABLE t USING m</c> with OPTIONS, FROM or AS; heap is the table access method that PostgreSQL has itself.</summary>
    private static bool IsCreateTableUsing(string text, Token create)
    {
        var table = Behind(text, create);
        if (!table.Is(text, "TABLE"))
            return false;
        var last = Behind(text, table);
        while (Behind(text, last).Is(text, '.'))
            last = Behind(text, Behind(text, last));
        var @using = Behind(text, last);
        var model = Behind(text, @using);
        return @using.Is(text, "USING") && !model.Is(text, "heap") && IsAny(text, Behind(text, model), Sourced);
    }

    private static Token Behind(string text, Token token) => SqlLexer.Next(text, token.Span.End);

    private static bool IsWord(Token token) => token.Kind == TokenKind.Word;

    private static bool IsAny(string text, Token token, params ReadOnlySpan<string> words)
    {
        if (token.Kind == TokenKind.Word)
        {
            foreach (var word in words)
            {
                if (token.Is(text, word))
                    return true;
            }
        }

        return false;
    }
}

/// <summary>Finds the statement that a misspelt first word was meant to begin.</summary>
internal static class Misspellings
{
    /// <summary>The commands of PostgreSQL 15 to 18; others pass when they are not near a known one.</summary>
    private static readonly string[] PostgresCommands =
    [
        "ABORT", "ALTER", "ANALYZE", "BEGIN", "CALL", "CHECKPOINT", "CLOSE", "CLUSTER", "COMMENT", "COMMIT", "COPY", "CREATE", "DEALLOCATE",
        "DECLARE", "DELETE", "DISCARD", "DO", "DROP", "END", "EXECUTE", "EXPLAIN", "FETCH", "GRANT", "IMPORT", "INSERT", "LISTEN", "LOAD", "LOCK",
        "MERGE", "MOVE", "NOTIFY", "PREPARE", "REASSIGN", "REFRESH", "REINDEX", "RELEASE", "RESET", "REVOKE", "ROLLBACK", "SAVEPOINT", "SECURITY",
        "SELECT", "SET", "SHOW", "START", "TABLE", "TRUNCATE", "UNLISTEN", "UPDATE", "VACUUM", "VALUES", "WITH",
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
