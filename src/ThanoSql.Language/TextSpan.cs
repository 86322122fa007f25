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
