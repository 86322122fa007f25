namespace ThanoSql.Language;

/// <summary>A stretch of the original text: <paramref name="Start"/> and <paramref name="Length"/> in UTF-16 code units, from 0.</summary>
public readonly record struct TextSpan(int Start, int Length)
{
    /// <summary>The offset just behind the stretch.</summary>
    public int End => Start + Length;

    public static TextSpan FromBounds(int start, int end) => new(start, end - start);

    /// <summary>The stretch's characters in <paramref name="text"/>, the text that was parsed.</summary>
    public string Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Substring(Start, Length);
    }
}

/// <summary>
/// A place in a text as people count it: <paramref name="Line"/> and <paramref name="Column"/> from 1 (a column is one Unicode character, whatever
/// its width), and <paramref name="Offset"/> in UTF-16 code units from 0.
/// </summary>
public readonly record struct TextPosition(int Offset, int Line, int Column)
{
    /// <summary>The position of <paramref name="offset"/>; an offset behind the end counts as the end. CR LF is one line end.</summary>
    public static TextPosition Of(string text, int offset)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);

        var end = Math.Min(offset, text.Length);
        var line = 1;
        var column = 1;
        for (var i = 0; i < end; i++)
        {
            if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.Length || text[i + 1] != '\n')))
            {
                line++;
                column = 1;
            }
            else if (!char.IsLowSurrogate(text[i]))
            {
                column++;
            }
        }
        return new TextPosition(end, line, column);
    }

    /// <summary>For messages: <c>line 3, column 14</c>.</summary>
    public override string ToString() => $"line {Line}, column {Column}";
}
