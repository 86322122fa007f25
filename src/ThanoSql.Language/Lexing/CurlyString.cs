namespace ThanoSql.Language.Lexing;

/// <summary>A string or quoted name between curly or full-width quotes, as word processors set them: <c>‘…’</c>, <c>“…”</c>.</summary>
internal static class CurlyString
{
    /// <summary>The offset behind the closing quote: another of its kind, whichever way it points; two of them are one of the text.</summary>
    /// <param name="open">Of the quote that opens it.</param>
    /// <param name="hasEscapes">Whether a backslash takes the next character with it.</param>
    /// <exception cref="ThanoSqlSyntaxException">It is never closed, or holds a straight quote of its kind.</exception>
    public static int End(string text, int open, bool hasEscapes)
    {
        var quote = Foreign.QuoteOf(text[open]);
        for (var offset = open + 1; offset < text.Length; offset++)
        {
            if (hasEscapes && text[offset] == '\\')
                offset++;
            else if (text[offset] == quote)
                throw SyntaxErrors.MixedQuotes(text, offset, open);
            else if (IsAt(text, offset, quote) && IsAt(text, offset + 1, quote))
                offset++;
            else if (IsAt(text, offset, quote))
                return offset + 1;
        }
        throw SyntaxErrors.UnterminatedString(text, open, quote == '"' ? "quoted name" : "string");
    }

    private static bool IsAt(string text, int offset, char quote) => offset < text.Length && Foreign.QuoteOf(text[offset]) == quote;
}
