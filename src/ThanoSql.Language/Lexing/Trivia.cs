namespace ThanoSql.Language.Lexing;

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
