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
