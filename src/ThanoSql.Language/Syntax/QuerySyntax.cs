namespace ThanoSql.Language.Syntax;

/// <summary>
/// A text that PostgreSQL would run if its ThanoSQL statements were replaced by queries: <see cref="Parts"/> in order, each starting where the one
/// before ends.
/// </summary>
/// <param name="Text">The whole text that was parsed; every span counts in it.</param>
/// <param name="Span">
/// From the first to the last token of this query: comments and white space around it, one <c>;</c> behind it, and the parentheses of <c>AS ( … )</c>
/// are left out,
/// so that a text may be put directly behind it.
/// </param>
/// <param name="Parts">Together exactly <see cref="Span"/>. One <see cref="StatementPart"/> alone when the query is itself a ThanoSQL
/// statement.</param>
public sealed record QuerySyntax(string Text, TextSpan Span, IReadOnlyList<QueryPart> Parts)
{
    /// <summary>The ThanoSQL statement that this query is, or null when it is SQL (with statements inside, perhaps).</summary>
    public Statement? Statement => Parts is [StatementPart part] ? part.Statement : null;

    /// <summary>Whether PostgreSQL can run it as it stands.</summary>
    public bool IsPlainSql => Parts.All(p => p is SqlPart);

    public string Sql => Span.Of(Text);
}

/// <summary>A stretch of a query: <see cref="SqlPart"/> or <see cref="StatementPart"/>.</summary>
public abstract record QueryPart(TextSpan Span);

/// <summary>PostgreSQL's own text, to be passed on untouched.</summary>
public sealed record SqlPart(TextSpan Span) : QueryPart(Span);
