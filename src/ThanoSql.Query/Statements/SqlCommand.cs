namespace ThanoSql.Query.Statements;

/// <summary>
/// Which of PostgreSQL's commands a text is. The role decides what it may touch; here stop the commands whose effect is on the session, the role
/// itself or the server (a role may always change its own password, say), and for which a request is the wrong place anyway.
/// </summary>
/// <param name="Name"><c>SELECT</c>, <c>CREATE TABLE</c>, …</param>
/// <param name="Scope">The least scope that it needs.</param>
internal sealed record SqlCommand(string Name, TokenScope Scope)
{
    private static readonly HashSet<string> Reading = ["SELECT", "WITH", "VALUES", "TABLE", "EXPLAIN", "SHOW"];
    private static readonly HashSet<string> Answers =
        ["PREDICT", "SEARCH", "EVALUATE", "CONVERT", "FUNCTION", "LIST"]; // in parentheses, an arm of UNION, say
    private static readonly HashSet<string> Writing = ["INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "REFRESH", "ANALYZE", "COMMENT"];
    private static readonly HashSet<string> Defining = ["CREATE", "ALTER", "DROP"];
    private static readonly HashSet<string> Modifiers = ["OR", "REPLACE", "TEMP", "TEMPORARY", "UNLOGGED", "LOCAL", "GLOBAL", "UNIQUE", "RECURSIVE"];
    private static readonly HashSet<string> Objects = ["TABLE", "VIEW", "MATERIALIZED", "INDEX", "SEQUENCE"];

    /// <summary>Whether it can be stopped half-way without undoing anything.</summary>
    public bool ReadsOnly => Name is "SELECT" or "VALUES" or "TABLE" or "SHOW";

    /// <exception cref="QueryException">A command that has no place here.</exception>
    public static SqlCommand Of(string sql)
    {
        using var words = SqlCommandWords.Of(sql).GetEnumerator();
        var first = words.MoveNext() ? words.Current : "";
        if (Reading.Contains(first))
            return new SqlCommand(first, TokenScope.Query);
        if (Answers.Contains(first))
            return new SqlCommand("SELECT", TokenScope.Query);
        if (Writing.Contains(first))
            return new SqlCommand(first, TokenScope.Write);
        if (!Defining.Contains(first))
            throw Refused(first);

        var noun = "";
        while (words.MoveNext())
        {
            noun = words.Current;
            if (!Modifiers.Contains(noun))
                break;
        }
        return Objects.Contains(noun) ? new SqlCommand($"{first} {noun}", TokenScope.Write) : throw Refused($"{first} {noun}".TrimEnd());
    }

    private static QueryException Refused(string command) => new(
        ErrorCode.NotSupported, command.Length == 0 ? "This is no statement." : $"{command} is not possible here.",
        hint: "A request is one statement that reads or writes rows, or makes, changes or drops a table, view, index or sequence.");
}

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
            if (char.IsWhiteSpace(sql[at]) || sql[at] == '(' || char.GetUnicodeCategory(sql[at]) == UnicodeCategory.Format)
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
