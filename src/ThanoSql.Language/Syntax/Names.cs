namespace ThanoSql.Language.Syntax;

/// <summary>A model, algorithm, dataset or table name, as written.</summary>
/// <param name="Text">The name without quotes. Algorithm names are case sensitive: compare this.</param>
/// <param name="Span">Where it stands, with its quotes.</param>
/// <param name="IsQuoted">Whether it was written in quotes.</param>
public sealed record Name(string Text, TextSpan Span, bool IsQuoted)
{
    /// <summary>The name that catalog and database know: lower case, like PostgreSQL's, unless it was quoted.</summary>
#pragma warning disable CA1308 // PostgreSQL folds names to lower case
    public string Folded => IsQuoted ? Text : Text.ToLowerInvariant();
#pragma warning restore CA1308

    public override string ToString() => Text;
}

/// <summary>A table that a statement writes: <c>diet</c> or <c>public.diet</c>.</summary>
public sealed record TableName(Name? Schema, Name Table)
{
    public TextSpan Span => Schema is null ? Table.Span : TextSpan.FromBounds(Schema.Span.Start, Table.Span.End);

    public override string ToString() => Schema is null ? Table.Text : $"{Schema.Text}.{Table.Text}";
}
