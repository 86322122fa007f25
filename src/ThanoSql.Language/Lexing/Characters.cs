namespace ThanoSql.Language.Lexing;

/// <summary>Classes of characters, as PostgreSQL's scanner has them, but for foreign spaces and punctuation, which are no letters.</summary>
internal static class Characters
{
    private const char ByteOrderMark = '\uFEFF';

    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c == ByteOrderMark;

    public static bool StartsWord(char c) => char.IsAsciiLetter(c) || c == '_' || (c >= 0x80 && !IsSpace(c) && !Foreign.IsPunctuation(c));

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
            var behind = Characters.IsSpace(text[offset]) ? offset + 1 : EndOfComment(text, offset, hashComments);
            if (behind == offset)
                break;
            offset = behind;
        }
        return offset;
    }

    /// <summary>The offset behind the comment that begins at <paramref name="offset"/>; the same when none does.</summary>
    public static int EndOfComment(string text, int offset, bool hashComments)
    {
        if (StartsWith(text, offset, '-', '-') || (hashComments && text[offset] == '#'))
            return EndOfLine(text, offset);
        return StartsWith(text, offset, '/', '*') ? EndOfBlock(text, offset) : offset;
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
