namespace ThanoSql.Language;

/// <summary>The codes of <see cref="ThanoSqlSyntaxException"/>: stable names for programs; the message is for people.</summary>
public static class SyntaxErrorCodes
{
    /// <summary>Nothing but white space and comments.</summary>
    public const string EmptyQuery = "empty_query";

    /// <summary>More than one statement in a request.</summary>
    public const string SeveralStatements = "several_statements";

    /// <summary>Something else was expected at this place.</summary>
    public const string Unexpected = "unexpected";

    /// <summary>A string, quoted name, comment or parenthesis that is never closed.</summary>
    public const string Unterminated = "unterminated";

    /// <summary>A misspelt first word.</summary>
    public const string UnknownStatement = "unknown_statement";

    /// <summary>A statement such as BUILD MODEL inside another one.</summary>
    public const string TopLevelOnly = "top_level_only";

    /// <summary>A nested statement that does not stand in parentheses of its own.</summary>
    public const string NeedsParentheses = "needs_parentheses";

    /// <summary>A statement inside something that PostgreSQL would keep for later, such as a view.</summary>
    public const string NotStorable = "not_storable";

    /// <summary>PostgreSQL's own COPY.</summary>
    public const string ServerCopy = "server_copy";

    /// <summary>Parentheses, lists or statements nested too deeply.</summary>
    public const string TooDeep = "too_deep";

    /// <summary>An option that the statement does not take.</summary>
    public const string UnknownOption = "unknown_option";

    /// <summary>An option given twice, perhaps under two of its names.</summary>
    public const string DuplicateOption = "duplicate_option";

    /// <summary>An option that must be given.</summary>
    public const string MissingOption = "missing_option";

    /// <summary>An option's value has the wrong type.</summary>
    public const string WrongOptionType = "wrong_option_type";

    /// <summary>An option's value is of the right type but not allowed.</summary>
    public const string OptionOutOfRange = "option_out_of_range";
}
