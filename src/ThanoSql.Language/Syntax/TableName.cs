namespace ThanoSql.Language.Syntax;

/// <summary>A table that a statement writes: <c>diet</c> or <c>public.diet</c>.</summary>
public sealed record TableName(Name? Schema, Name Table)
{
    public TextSpan Span => Schema is null ? Table.Span : TextSpan.FromBounds(Schema.Span.Start, Table.Span.End);

    public override string ToString() => Schema is null ? Table.Text : $"{Schema.Text}.{Table.Text}";
}
