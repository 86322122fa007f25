namespace ThanoSql.Catalog;

/// <summary>Names and texts as they are written into SQL.</summary>
public static class Identifier
{
    /// <summary><c>a"b</c> → <c>"a""b"</c></summary>
    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary><c>it's</c> → <c>'it''s'</c>; right whatever <c>standard_conforming_strings</c> says.</summary>
    public static string Literal(string text)
    {
        var quoted = $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
        return text.Contains('\\', StringComparison.Ordinal) ? "E" + quoted.Replace("\\", "\\\\", StringComparison.Ordinal) : quoted;
    }
}

/// <summary>The catalog's words for states and kinds: the names of the enumerations in lower case.</summary>
internal static class Words
{
#pragma warning disable CA1308 // the catalog spells them in lower case
    public static string Word<T>(this T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
#pragma warning restore CA1308
}
