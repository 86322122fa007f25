namespace ThanoSql.Language.Syntax;

/// <summary>
/// A text that PostgreSQL would run if its ThanoSQL statements were replaced by queries: <see cref="Parts"/> in order, each starting where the one
/// before ends.
/// </summary>
/// <param name="Text">The whole text as it was read, and as long as it was written; every span counts in it.</param>
/// <param name="Span">
/// From the first to the last token of this query: comments and white space around it, one <c>;</c> behind it, and the parentheses of <c>AS ( … )</c>
/// are left out, so that a text may be put directly behind it.
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

/// <summary>A ThanoSQL statement inside a query, and what a rewriter has to know of its surroundings.</summary>
/// <param name="Span">The statement itself, without parentheses around it.</param>
/// <param name="Place">What PostgreSQL expects there.</param>
public sealed record StatementPart(TextSpan Span, Statement Statement, StatementPlace Place) : QueryPart(Span)
{
    /// <summary>
    /// The parentheses that hold nothing but this statement, from <c>(</c> to behind <c>)</c>; the outermost of several. Null when it stands bare.
    /// The characters themselves belong to the neighbouring <see cref="SqlPart"/>s.
    /// </summary>
    public TextSpan? Parentheses { get; init; }

    /// <summary>
    /// Whether an alias follows the parentheses. PostgreSQL 15 demands one for <see cref="StatementPlace.FromItem"/> and its kin; ThanoSQL does not.
    /// </summary>
    public bool HasAlias { get; init; }

    /// <summary>
    /// The innermost common table that the statement may name, which links to the others (<see cref="CommonTable.Outer"/>); null when there is none.
    /// </summary>
    public CommonTable? CommonTables { get; init; }
}

/// <summary>The place of a ThanoSQL statement in the SQL around it.</summary>
public enum StatementPlace
{
    /// <summary>It is the whole request.</summary>
    TopLevel,

    /// <summary>It is the whole source of another ThanoSQL statement.</summary>
    Source,

    /// <summary><c>FROM (…)</c>, also behind a comma there, <c>DELETE … USING (…)</c> and <c>MERGE … USING (…)</c>.</summary>
    FromItem,

    /// <summary><c>JOIN (…)</c></summary>
    JoinItem,

    /// <summary><c>LATERAL (…)</c>, which may name the columns of its neighbours.</summary>
    LateralItem,

    /// <summary>The body of a WITH query: <c>WITH x AS (…)</c>.</summary>
    CommonTable,

    /// <summary>
    /// A parenthesised query where a query is expected: an arm of UNION, <c>INSERT INTO t (…)</c>, <c>CREATE TABLE t AS (…)</c>, the whole request in
    /// parentheses.
    /// </summary>
    QueryTerm,

    /// <summary><c>IN (…)</c>, <c>ANY (…)</c>, <c>SOME (…)</c>, <c>ALL (…)</c></summary>
    SetMembership,

    /// <summary><c>EXISTS (…)</c></summary>
    Exists,

    /// <summary><c>ARRAY (…)</c></summary>
    Array,

    /// <summary>Anywhere else in an expression: one row and one column are expected.</summary>
    Scalar,
}

/// <summary>A WITH query that can be named at some place.</summary>
/// <param name="Name">As PostgreSQL compares it: folded to lower case unless quoted.</param>
/// <param name="Definition">From its name to the parenthesis that closes its body: <c>x (a, b) AS (SELECT …)</c>. Of its name only while
/// <see cref="IsOpen"/>.</param>
/// <param name="IsRecursive">Whether its WITH says RECURSIVE.</param>
/// <param name="IsOpen">Whether the place is inside its own body (RECURSIVE only).</param>
/// <param name="Outer">The next one in scope: written before it or further out; null at the end.</param>
public sealed record CommonTable(string Name, TextSpan Definition, bool IsRecursive, bool IsOpen, CommonTable? Outer)
{
    /// <summary>This one and the others in scope, innermost first; a name may occur again and is then hidden.</summary>
    public IEnumerable<CommonTable> InScope()
    {
        for (var table = this; table is not null; table = table.Outer)
            yield return table;
    }
}
