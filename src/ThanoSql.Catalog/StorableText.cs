namespace ThanoSql.Catalog;

/// <summary>
/// Messages quote what strangers sent. PostgreSQL takes no NUL, and Npgsql no half of a surrogate pair: what is said about a failure must not fail.
/// </summary>
internal static class StorableText
{
    private const char Replacement = '\uFFFD';

    /// <summary>The same text with U+FFFD in place of what no text of the database can hold; null stays null.</summary>
    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(text))]
    public static string? Of(string? text)
    {
        if (text is null || !HasMore(text))
            return text;
        return string.Create(text.Length, text, (into, from) =>
        {
            for (var i = 0; i < from.Length; i++)
                into[i] = IsStorable(from, i) ? from[i] : Replacement;
        });
    }

    private static bool HasMore(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!IsStorable(text, i))
                return true;
        }
        return false;
    }

    private static bool IsStorable(string text, int at) => text[at] switch
    {
        '\0' => false,
        var c when char.IsHighSurrogate(c) => at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]),
        var c when char.IsLowSurrogate(c) => at > 0 && char.IsHighSurrogate(text[at - 1]),
        _ => true,
    };
}
