using System.Text.RegularExpressions;

namespace ThanoSql.Planning;

/// <summary>
/// Recognises a source that reads one table row by row: <c>SELECT * | columns FROM table [WHERE …] [ORDER BY …] [LIMIT …]</c>, without sub-selects,
/// joins, grouping or volatile functions. It errs on the side of no: the general way is right for every source.
/// </summary>
internal static partial class SimpleSource
{
    private static readonly HashSet<string> StableFunctions = new(StringComparer.OrdinalIgnoreCase)
    {
        "abs", "ceil", "coalesce", "concat", "date", "date_trunc", "floor", "greatest", "in", "and", "or", "not", "where", "least", "left", "length",
        "lower", "now", "nullif", "replace", "right", "round", "split_part", "starts_with", "strpos", "substr", "substring", "trim", "upper",
        "values",
    };

    /// <returns>The table as PostgreSQL folds it, or null.</returns>
    public static string? TableOf(string sql)
    {
        var bare = Strings().Replace(sql, "''");
        var match = Form().Match(bare);
        if (!match.Success)
            return null;
        var rest = match.Groups["rest"].Value;
        if (Comments().IsMatch(bare) || Forbidden().IsMatch(rest))
            return null;
        if (Calls().Matches(rest).Any(call => !StableFunctions.Contains(call.Groups[1].Value)))
            return null;
        var table = match.Groups["table"].Value;
        return table[0] == '"' ? table[1..^1] : Fold(table);
    }

#pragma warning disable CA1308 // PostgreSQL folds names to lower case
    private static string Fold(string name) => name.ToLowerInvariant();
#pragma warning restore CA1308

    // Plain strings only: with escapes, dollars or Unicode prefixes the general way is taken.
    [GeneratedRegex(@"(?<![\w&])'(?:[^'\\]|'')*'")]
    private static partial Regex Strings();

    [GeneratedRegex(@"--|/\*|\$|\\|;")]
    private static partial Regex Comments();

    [GeneratedRegex("""
        ^\s*select\s+(?:\*|(?:[\w."]+)(?:\s*,\s*[\w."]+)*)
        \s+from\s+(?:public\.)?(?<table>[\w]+|"[^"]+")
        (?<rest>(?:\s+(?:as\s+)?(?!where\b|order\b|limit\b|offset\b|fetch\b)\w+)?\s*(?:(?:where|order|limit|offset|fetch)\b.*)?)$
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Form();

    [GeneratedRegex(
        @"\b(?:select|union|intersect|except|group|having|join|for|window|tablesample|with|lateral|exists)\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Forbidden();

    [GeneratedRegex(@"(\w+)\s*\(", RegexOptions.CultureInvariant)]
    private static partial Regex Calls();
}
