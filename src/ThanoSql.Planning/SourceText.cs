using System.Text.RegularExpressions;

namespace ThanoSql.Planning;

/// <summary>The source of a statement as a query of its own: with the WITH queries around it that it names.</summary>
internal static class SourceText
{
    /// <summary><c>(source)</c>, to stand behind FROM.</summary>
    /// <exception cref="QueryException">It names a recursive WITH query from inside that query.</exception>
    public static SqlDraft.Builder AddTo(SqlDraft.Builder sql, QuerySyntax source, CommonTable? scope)
    {
        var needed = Needed(source, scope);
        // The line breaks end a comment that closes the user's text.
        if (needed.Count == 0)
            return sql.Add("(\n").Copy(source.Span).Add("\n)");

        sql.Add(needed.Exists(t => t.IsRecursive) ? "(WITH RECURSIVE " : "(WITH ");
        for (var i = 0; i < needed.Count; i++)
            sql.Add(i == 0 ? "" : ",\n").Copy(needed[i].Definition);
        return sql.Add("\nSELECT * FROM (\n").Copy(source.Span).Add("\n) AS thanosql_source)");
    }

    // Those that are named, and those that these name, in the order written.
    private static List<CommonTable> Needed(QuerySyntax source, CommonTable? scope)
    {
        var needed = new List<CommonTable>();
        var texts = new List<string> { source.Sql };
        var seen = new HashSet<string>();
        foreach (var table in scope?.InScope() ?? [])
        {
            if (!seen.Add(table.Name) || !texts.Exists(t => Names(t, table.Name)))
                continue;
            if (table.IsOpen)
            {
                throw new QueryException(
                    ErrorCode.CorrelatedSource, $"The source names the recursive WITH query '{table.Name}' from inside it.",
                    TextPosition.Of(source.Text, source.Span.Start), "Run the recursive query first and keep its rows in a table.");
            }
            needed.Add(table);
            texts.Add(table.Definition.Of(source.Text));
        }
        needed.Reverse();
        return needed;
    }

    private static bool Names(string sql, string table) =>
        Regex.IsMatch(sql, $@"(?<![\w$]){Regex.Escape(table)}(?![\w$])", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
}
