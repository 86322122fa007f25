using System.Text;

namespace ThanoSql.Language.Lexing;

/// <summary>
/// Splits the words of a ThanoSQL statement into tokens: both quote styles are strings with backslash escapes or a doubled quote, and <c># …</c> is a
/// comment.
/// </summary>
internal static class ClauseLexer
{
    public static Token Next(string text, int offset)
    {
        var start = Trivia.Skip(text, offset, hashComments: true);
        if (start >= text.Length)
            return new Token(TokenKind.End, new TextSpan(text.Length, 0));

        var (kind, end) = Scan(text, start);
        return new Token(kind, TextSpan.FromBounds(start, end));
    }

    private static (TokenKind Kind, int End) Scan(string text, int start)
    {
        var first = text[start];
        if (first is '\'' or '"')
            return (TokenKind.Literal, EndOfString(text, start));
        if (Foreign.QuoteOf(first) != '\0')
            return (TokenKind.Literal, CurlyString.End(text, start, hasEscapes: true));
        if (Characters.StartsWord(first))
            return (TokenKind.Word, Characters.EndOfWord(text, start));
        if (char.IsAsciiDigit(first) || (first == '.' && start + 1 < text.Length && char.IsAsciiDigit(text[start + 1])))
            return (TokenKind.Number, Characters.EndOfNumber(text, start));
        return Foreign.IsPunctuation(first) ? throw SyntaxErrors.Unclear(text, start) : (TokenKind.Symbol, start + 1);
    }

    private static int EndOfString(string text, int open)
    {
        var quote = text[open];
        for (var offset = open + 1; offset < text.Length; offset++)
        {
            if (text[offset] == '\\')
            {
                offset++;
            }
            else if (text[offset] == quote)
            {
                if (offset + 1 == text.Length || text[offset + 1] != quote)
                    return offset + 1;
                offset++;
            }
        }
        throw SyntaxErrors.UnterminatedString(text, open, "string");
    }
}

/// <summary>What a string of a ThanoSQL clause stands for.</summary>
internal static class StringText
{
    /// <summary>The characters meant by <paramref name="raw"/>, the text between two <paramref name="quote"/>s.</summary>
    /// <param name="isJson">Only escaped quotes that JSON does not know itself are taken back, so that its own escapes reach the JSON reader.</param>
    public static string Unescape(string raw, char quote, bool isJson)
    {
        if (!raw.Contains('\\') && !raw.Contains(quote))
            return raw;

        var text = new StringBuilder(raw.Length);
        for (var i = 0; i < raw.Length; i++)
        {
            var next = i + 1 < raw.Length ? raw[i + 1] : '\0';
            if (raw[i] == '\\' && next != '\0')
            {
                var takenBack = next == '\'' || (!isJson && next is '"' or '\\');
                text.Append(takenBack ? "" : "\\").Append(next);
                i++;
            }
            else
            {
                text.Append(raw[i]);
                if (raw[i] == quote && next == quote)
                    i++;
            }
        }
        return text.ToString();
    }
}
