namespace ThanoSql.Language.Lexing;

/// <summary>Classes of characters, as PostgreSQL's scanner has them; white space is Unicode's, since notebooks paste non-breaking spaces.</summary>
internal static class Characters
{
    private const char ByteOrderMark = '\uFEFF';

    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c == ByteOrderMark;

    public static bool StartsWord(char c) => char.IsAsciiLetter(c) || c == '_' || (c >= 0x80 && !IsSpace(c));

    public static bool ContinuesWord(char c) => StartsWord(c) || char.IsAsciiDigit(c) || c == '$';

    public static int EndOfWord(string text, int offset)
    {
        while (offset < text.Length && ContinuesWord(text[offset]))
            offset++;
        return offset;
    }

    /// <summary>Digits, one point, exponent; underscores between digits as in PostgreSQL 16.</summary>
    public static int EndOfNumber(string text, int offset)
    {
        offset = EndOfDigits(text, offset);
        if (offset < text.Length && text[offset] == '.' && !(offset + 1 < text.Length && text[offset + 1] == '.'))
            offset = EndOfDigits(text, offset + 1);
        if (offset < text.Length && text[offset] is 'e' or 'E')
        {
            var exponent = offset + 1;
            if (exponent < text.Length && text[exponent] is '+' or '-')
                exponent++;
            if (exponent < text.Length && char.IsAsciiDigit(text[exponent]))
                offset = EndOfDigits(text, exponent);
        }
        return offset;
    }

    private static int EndOfDigits(string text, int offset)
    {
        while (offset < text.Length && (char.IsAsciiDigit(text[offset]) || text[offset] == '_'))
            offset++;
        return offset;
    }
}

/// <summary>White space and comments.</summary>
internal static class Trivia
{
    /// <summary>The offset of the first character at or behind <paramref name="offset"/> that is neither.</summary>
    /// <param name="hashComments">Whether <c># …</c> is a comment too: only between the words of a ThanoSQL statement, for <c>#</c> is an operator of
    /// PostgreSQL.</param>
    public static int Skip(string text, int offset, bool hashComments)
    {
        while (offset < text.Length)
        {
            if (Characters.IsSpace(text[offset]))
                offset++;
            else if (StartsWith(text, offset, '-', '-') || (hashComments && text[offset] == '#'))
                offset = EndOfLine(text, offset);
            else if (StartsWith(text, offset, '/', '*'))
                offset = EndOfBlock(text, offset);
            else
                break;
        }
        return offset;
    }

    private static bool StartsWith(string text, int offset, char first, char second) =>
        text[offset] == first && offset + 1 < text.Length && text[offset + 1] == second;

    private static int EndOfLine(string text, int offset)
    {
        var length = text.AsSpan(offset).IndexOfAny('\n', '\r');
        return length < 0 ? text.Length : offset + length;
    }

    private static int EndOfBlock(string text, int start)
    {
        var depth = 1;
        var offset = start + 2;
        while (offset < text.Length)
        {
            if (StartsWith(text, offset, '*', '/'))
            {
                offset += 2;
                if (--depth == 0)
                    return offset;
            }
            else if (StartsWith(text, offset, '/', '*'))
            {
                offset += 2;
                depth++;
            }
            else
            {
                offset++;
            }
        }
        throw SyntaxErrors.Unterminated(text, start, "comment", "*/");
    }
}
