using ThanoSql.Language;

namespace ThanoSql.Planning;

/// <summary>A statement that cannot be answered; the message says what to do.</summary>
/// <param name="code">One of <see cref="QueryErrorCodes"/>, or PostgreSQL's SQLSTATE.</param>
/// <param name="message">For people.</param>
/// <param name="position">Where in the user's text; null when no place is at fault.</param>
/// <param name="hint">What to write instead, when that is known.</param>
public sealed class QueryException(string code, string message, TextPosition? position = null, string? hint = null, Exception? inner = null)
    : Exception(message, inner)
{
    public string Code { get; } = code;

    public TextPosition? Position { get; } = position;

    public string? Hint { get; } = hint;
}
