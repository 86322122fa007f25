namespace ThanoSql.Catalog.Models;

/// <summary>The catalog's words for the states: the names of the enumerations in lower case.</summary>
internal static class Names
{
    public static string Word<T>(this T value) where T : struct, Enum
    {
#pragma warning disable CA1308 // the catalog spells states in lower case
        return value.ToString().ToLowerInvariant();
#pragma warning restore CA1308
    }

    public static T Parse<T>(string word) where T : struct, Enum => Enum.Parse<T>(word, ignoreCase: true);
}
