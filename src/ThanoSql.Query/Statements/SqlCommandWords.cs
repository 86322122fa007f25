namespace ThanoSql.Query.Statements;

/// <summary>The first words of an SQL text, comments, spaces and opening parentheses aside; in upper case.</summary>
internal static class SqlCommandWords
{
    public static IEnumerable<string> Of(string sql)
    {
        var at = 0;
        while (Skip(sql, ref at) && (char.IsAsciiLetter(sql[at]) || sql[at] == '_'))
        {
            var start = at;
            while (at < sql.Length && (char.IsAsciiLetterOrDigit(sql[at]) || sql[at] == '_'))
                at++;
            yield return sql[start..at].ToUpperInvariant();
        }
    }

    // False at the end of the text.
    private static bool Skip(string sql, ref int at)
    {
        while (at < sql.Length)
        {
            if (char.IsWhiteSpace(sql[at]) || sql[at] == '(')
                at++;
            else if (sql.AsSpan(at).StartsWith("--"))
                SkipLine(sql, ref at);
            else if (sql.AsSpan(at).StartsWith("/*"))
                SkipComment(sql, ref at);
            else
                return true;
        }
        return false;
    }

    private static void SkipLine(string sql, ref int at)
    {
        while (at < sql.Length && sql[at] is not ('\n' or '\r'))
            at++;
    }

    // PostgreSQL's comments nest.
    private static void SkipComment(string sql, ref int at)
    {
        var depth = 0;
        do
        {
            if (sql.AsSpan(at).StartsWith("/*"))
            {
                depth++;
                at += 2;
            }
            else if (sql.AsSpan(at).StartsWith("*/"))
            {
                depth--;
                at += 2;
            }
            else
            {
                at++;
            }
        }
        while (depth > 0 && at < sql.Length);
    }
}
