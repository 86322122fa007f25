using System.Text;

namespace ThanoSql.Planning;

/// <summary>A user's text with its ThanoSQL statements replaced one by one, inner ones first.</summary>
internal sealed class SqlDraft(string text)
{
    private readonly List<(TextSpan Span, string Sql)> _edits = [];

    public string Text => text;

    /// <summary>Puts SQL in the place of a stretch, and of all edits in it, also of what was inserted at its very end.</summary>
    public void Replace(TextSpan span, string sql)
    {
        _edits.RemoveAll(e => e.Span.Start >= span.Start && e.Span.End <= span.End);
        _edits.Add((span, sql));
    }

    public void Insert(int offset, string sql) => _edits.Add((new TextSpan(offset, 0), sql));

    /// <summary>A stretch of the text as edited so far.</summary>
    public SqlText Render(TextSpan span) => new Builder(this).Copy(span).Build();

    /// <summary>SQL of ours with stretches of the text in it.</summary>
    public Builder Compose() => new(this);

    private IEnumerable<(TextSpan Span, string Sql)> Within(TextSpan span) =>
        _edits.Where(e => e.Span.Start >= span.Start && e.Span.End <= span.End).OrderBy(e => e.Span.Start);

    internal sealed class Builder(SqlDraft draft)
    {
        private readonly StringBuilder _sql = new();
        private readonly List<SqlText.Stretch> _stretches = [];

        public Builder Add(string sql)
        {
            _sql.Append(sql);
            return this;
        }

        public Builder Copy(TextSpan span)
        {
            var at = span.Start;
            foreach (var (replaced, sql) in draft.Within(span))
            {
                CopyOriginal(at, replaced.Start);
                _sql.Append(sql);
                at = replaced.End;
            }
            CopyOriginal(at, span.End);
            return this;
        }

        public SqlText Build() => new(_sql.ToString(), _stretches);

        private void CopyOriginal(int from, int to)
        {
            if (to <= from)
                return;
            _stretches.Add(new SqlText.Stretch(_sql.Length, to - from, from));
            _sql.Append(draft.Text, from, to - from);
        }
    }
}

/// <summary>SQL made from a user's text, and which stretches of it stand in that text as they are.</summary>
public sealed record SqlText(string Sql, IReadOnlyList<SqlText.Stretch> Stretches)
{
    /// <summary>
    /// Characters copied: <paramref name="Length"/> from <paramref name="Origin"/> of the user's text to <paramref name="Start"/> of the SQL (UTF-16
    /// code units).
    /// </summary>
    public readonly record struct Stretch(int Start, int Length, int Origin);

    /// <summary>The same behind a text of ours.</summary>
    public SqlText Behind(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        return new SqlText(prefix + Sql, [.. Stretches.Select(s => s with { Start = s.Start + prefix.Length })]);
    }

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
