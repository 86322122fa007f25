namespace ThanoSql.Planning.Text;

/// <summary>SQL made from a user's text, and which stretches of it stand in that text as they are.</summary>
public sealed record SqlText(string Sql, IReadOnlyList<SqlText.Stretch> Stretches)
{
    /// <summary>
    /// Characters copied: <paramref name="Length"/> from <paramref name="Origin"/> of the user's text to <paramref name="Start"/> of the SQL (UTF-16
    /// code units).
    /// </summary>
    public readonly record struct Stretch(int Start, int Length, int Origin);

    /// <summary>Where in the user's text a place of the SQL comes from; null when it was written by us.</summary>
    /// <param name="position">As PostgreSQL counts: characters (Unicode code points) from 1; 0 when it names none.</param>
    public int? OriginOf(int position)
    {
        if (position < 1)
            return null;
        var offset = 0;
        for (var character = 1; character < position && offset < Sql.Length; character++)
            offset += char.IsSurrogatePair(Sql, offset) ? 2 : 1;
        foreach (var stretch in Stretches)
        {
            if (offset >= stretch.Start && offset < stretch.Start + stretch.Length)
                return stretch.Origin + offset - stretch.Start;
        }
        return null;
    }
}
