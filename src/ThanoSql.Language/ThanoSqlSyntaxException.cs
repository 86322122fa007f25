namespace ThanoSql.Language;

/// <summary>A text that is not ThanoSQL, or an option that a statement does not take. The only exception that reading a text throws.</summary>
public sealed class ThanoSqlSyntaxException : Exception
{
    public ThanoSqlSyntaxException(string code, string message, TextPosition position, string? hint = null)
        : base(message)
    {
        Code = code;
        Position = position;
        Hint = hint;
    }

    /// <summary>One of <see cref="SyntaxErrorCodes"/>.</summary>
    public string Code { get; }

    /// <summary>Where in the text it went wrong.</summary>
    public TextPosition Position { get; }

    /// <summary>What to write instead, when that is known.</summary>
    public string? Hint { get; }
}

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

    /// <summary>A character that SQL does not have, and that may stand for several that it has.</summary>
    public const string UnclearCharacter = "unclear_character";

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

/// <summary>Makes the exceptions, so that each kind of error reads alike everywhere.</summary>
internal static class SyntaxErrors
{
    public static ThanoSqlSyntaxException At(string text, int offset, string code, string message, string? hint = null) =>
        new(code, message, TextPosition.Of(text, offset), hint);

    public static ThanoSqlSyntaxException Unterminated(string text, int offset, string what, string closer) =>
        At(text, offset, SyntaxErrorCodes.Unterminated, $"The {what} that starts here is never closed.", $"Close it with {closer}");

    /// <param name="what">A string or a quoted name, which may hold a curly quote that was meant to close it.</param>
    public static ThanoSqlSyntaxException UnterminatedString(string text, int open, string what)
    {
        var quote = Foreign.QuoteOf(text[open]);
        var error = Unterminated(text, open, what, quote.ToString());
        for (var i = open; i < text.Length; i++)
        {
            if (Foreign.QuoteOf(text[i]) != quote || text[i] == quote)
                continue;
            var verb = i == open ? "opens it" : $"at {TextPosition.Of(text, i)} does not close it";
            return At(text, open, error.Code, error.Message, $"{CharacterNames.Of(text[i])} {verb}. Write {quote} at both ends.");
        }
        return error;
    }

    public static ThanoSqlSyntaxException Unclear(string text, int offset) =>
        At(
            text, offset, SyntaxErrorCodes.UnclearCharacter, $"SQL has no character {CharacterNames.Of(text[offset])}.",
            $"{Foreign.AdviceFor(text[offset])} In a name it needs quotes around the name.");

    /// <summary>A straight quote between curly ones of its kind: the string may end there, or not.</summary>
    public static ThanoSqlSyntaxException MixedQuotes(string text, int offset, int open) =>
        At(
            text, offset, SyntaxErrorCodes.UnclearCharacter,
            $"It is not clear whether this {text[offset]} ends the string that {CharacterNames.Of(text[open])} opens.",
            $"Write {text[offset]} at both ends, and twice where the text itself has one.");

    public static ThanoSqlSyntaxException TooDeep(string text, int offset, string what, int limit) =>
        At(
            text, offset, SyntaxErrorCodes.TooDeep, $"More than {limit} {what} stand inside each other here.",
            "Store a part of the query in a table: CREATE TABLE t AS SELECT …");

    public static ThanoSqlSyntaxException SeveralStatements(string text, int offset) =>
        At(
            text, offset, SyntaxErrorCodes.SeveralStatements, "One request holds one statement; another text follows the ';'.",
            "Send each statement as a request of its own.");
}
