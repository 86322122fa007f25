namespace ThanoSql.Language.Syntax;

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
