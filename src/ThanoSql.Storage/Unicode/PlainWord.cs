using System.Buffers;

namespace ThanoSql.Storage.Unicode;

/// <summary>
/// Words as they are kept and compared, whoever sends them: macOS and iOS send Korean decomposed, pages copy characters that nobody sees, and
/// keyboards leave blanks at the end. The catalog's function <c>thanosql.plain_word</c> does the same in SQL.
/// </summary>
public static class PlainWord
{
    // Soft hyphen, zero-width space, marks and overrides of direction, word joiner, byte order mark. Joiners stay: they are spelling in some scripts.
    internal const string UnseenCharacters = "\u00AD\u200B\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u2060\u2066\u2067\u2068\u2069\uFEFF";

    private static readonly SearchValues<char> Unseen = SearchValues.Create(UnseenCharacters);

    /// <summary>In Unicode form C, without what nobody sees, with single blanks inside and none at the ends. May be empty.</summary>
    public static string Of(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        var composed = CanonicalForm.Compose(word);
        return IsPlain(composed) ? composed : Cleaned(composed);
    }

    /// <summary>The same for words that differ in nothing but case, letter by letter (ß and SS stay two words).</summary>
    public static string Folded(string word) => Of(word).ToUpperInvariant();

    private static bool IsPlain(string word)
    {
        var blank = true; // before the first
        foreach (var c in word)
        {
            if (char.IsWhiteSpace(c) ? blank || c != ' ' : Unseen.Contains(c))
                return false;
            blank = c == ' ';
        }
        return !blank || word.Length == 0;
    }

    private static string Cleaned(string word)
    {
        var clean = new StringBuilder(word.Length);
        foreach (var c in word)
        {
            if (!char.IsWhiteSpace(c))
                clean.Append(Unseen.Contains(c) ? "" : c.ToString());
            else if (clean.Length > 0 && clean[^1] != ' ')
                clean.Append(' ');
        }
        return clean.ToString().TrimEnd();
    }
}
