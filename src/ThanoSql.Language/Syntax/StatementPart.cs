namespace ThanoSql.Language.Syntax;

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
