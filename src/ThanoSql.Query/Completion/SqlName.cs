using ThanoSql.Language.Completion;

namespace ThanoSql.Query.Completion;

/// <summary>Names as a statement writes them.</summary>
internal static class SqlName
{
    /// <summary>As it is where PostgreSQL takes it so, else in double quotes.</summary>
    public static string Quote(string name) =>
        name.Length > 0 && IsFirst(name[0]) && name.All(c => IsFirst(c) || char.IsAsciiDigit(c)) && !Keywords.IsReserved(name)
            ? name
            : $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static bool IsFirst(char c) => char.IsAsciiLetterLower(c) || c == '_' || c >= '\u0080';
}
