namespace ThanoSql.Language.Lexing;

/// <summary>
/// Splits PostgreSQL's own text into tokens: its strings (<c>''</c>, E'', U&amp;'', $tag$…$tag$), quoted names, and comments (<c>--</c>,
/// nested <c>/* */</c>). Every operator character is a token of its own.
/// </summary>
/// <remarks>PostgreSQL manual, 4.1 Lexical Structure; standard_conforming_strings is on.</remarks>
public static class SqlLexer
{
    /// <summary>The first token at or behind <paramref name="offset"/>; <see cref="TokenKind.End"/> with an empty span behind the last.</summary>
    /// <exception cref="ThanoSqlSyntaxException">A string, quoted name or comment that is never closed.</exception>
    public static Token Next(string text, int offset)
    {
        ArgumentNullException.ThrowIfNull(text);
        var start = Trivia.Skip(text, offset, hashComments: false);
        if (start >= text.Length)
            return new Token(TokenKind.End, new TextSpan(text.Length, 0));

        var (kind, end) = Scan(text, start);
        return new Token(kind, TextSpan.FromBounds(start, end));
    }

    private static (TokenKind Kind, int End) Scan(string text, int start)
    {
        var first = text[start];
        var second = start + 1 < text.Length ? text[start + 1] : '\0';
        if (first is 'e' or 'E' && Foreign.QuoteOf(second) == '\'')
            return (TokenKind.Literal, EndOfEscapeString(text, start + 1));
        if (first is 'u' or 'U' && second == '&' && start + 2 < text.Length && Foreign.QuoteOf(text[start + 2]) != '\0')
            return Quoted(text, start + 2);
        if (Foreign.QuoteOf(first) != '\0')
            return Quoted(text, start);
        if (Characters.StartsWord(first))
            return (TokenKind.Word, Characters.EndOfWord(text, start));
        if (char.IsAsciiDigit(first) || (first == '.' && char.IsAsciiDigit(second)))
            return (TokenKind.Number, Characters.EndOfNumber(text, start));
        if (first == '$')
            return Dollar(text, start);
        return Foreign.IsPunctuation(first) ? throw SyntaxErrors.Unclear(text, start) : (TokenKind.Symbol, start + 1);
    }

    private static (TokenKind Kind, int End) Quoted(string text, int open)
    {
        var quote = Foreign.QuoteOf(text[open]);
        var kind = quote == '"' ? TokenKind.QuotedName : TokenKind.Literal;
        if (text[open] != quote)
            return (kind, CurlyString.End(text, open, hasEscapes: false));
        for (var offset = open + 1; offset < text.Length; offset++)
        {
            if (text[offset] != quote)
                continue;
            if (offset + 1 == text.Length || text[offset + 1] != quote)
                return (kind, offset + 1);
            offset++;
        }
        throw SyntaxErrors.UnterminatedString(text, open, quote == '"' ? "quoted name" : "string");
    }

    private static int EndOfEscapeString(string text, int open)
    {
        if (text[open] != '\'')
            return CurlyString.End(text, open, hasEscapes: true);
        for (var offset = open + 1; offset < text.Length; offset++)
        {
            if (text[offset] == '\\')
            {
                offset++;
            }
            else if (text[offset] == '\'' && !IsAt(text, offset + 1, '\''))
            {
                var next = Continuation(text, offset + 1);
                if (next < 0)
                    return offset + 1;
                offset = next;
            }
            else if (text[offset] == '\'')
            {
                offset++;
            }
        }
        throw SyntaxErrors.UnterminatedString(text, open, "string");
    }

    /// <summary>Where a string goes on behind a line end (its escapes stay in force there), or -1.</summary>
    private static int Continuation(string text, int offset)
    {
        var lineEnd = false;
        while (offset < text.Length && Characters.IsSpace(text[offset]))
            lineEnd |= text[offset++] is '\n' or '\r';
        return lineEnd && IsAt(text, offset, '\'') ? offset : -1;
    }

    private static (TokenKind Kind, int End) Dollar(string text, int start)
    {
        var offset = start + 1;
        if (offset < text.Length && char.IsAsciiDigit(text[offset]))
            return (TokenKind.Parameter, Characters.EndOfNumber(text, offset));
        if (offset < text.Length && Characters.StartsWord(text[offset]))
        {
            while (offset < text.Length && text[offset] != '$' && Characters.ContinuesWord(text[offset]))
                offset++;
        }

        if (!IsAt(text, offset, '$'))
            return (TokenKind.Symbol, start + 1);

        var tag = text.AsSpan(start, offset + 1 - start);
        var body = offset + 1;
        var length = text.AsSpan(body).IndexOf(tag, StringComparison.Ordinal);
        return length < 0
            ? throw SyntaxErrors.Unterminated(text, start, "string", tag.ToString())
            : (TokenKind.Literal, body + length + tag.Length);
    }

    private static bool IsAt(string text, int offset, char c) => offset < text.Length && text[offset] == c;
}
