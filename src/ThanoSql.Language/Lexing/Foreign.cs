using System.Buffers;
using System.Collections.Frozen;

namespace ThanoSql.Language.Lexing;

/// <summary>Characters that web pages, word processors and input methods put in the place of ASCII's.</summary>
internal static class Foreign
{
    private const int FullWidth = 0xFEE0; // from an ASCII character to its full-width form
    private const string Invisible =
        "\u00AD\u061C\u180E\u200B\u200C\u200D\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\uFEFF";
    private const string Fillers = "\u1680\u2800\u3164\uFFA0"; // look like a space, whatever else they are
    private const string SingleQuotes = "\u2018\u2019\u201B\uFF07";
    private const string DoubleQuotes = "\u201C\u201D\u201E\u201F\uFF02";

    // Characters that stand for more than one thing, or for what takes two characters, with what to write.
    private static readonly FrozenDictionary<char, string> Advice = new Dictionary<char, string>
    {
        ['\u2012'] = "Write - for minus, or -- before a comment.",
        ['\u2013'] = "Write - for minus, or -- before a comment.",
        ['\u2014'] = "Write - for minus, or -- before a comment.",
        ['\u2015'] = "Write - for minus, or -- before a comment.",
        ['\u201A'] = "Write ' around a text, or a comma.",
        ['\u2032'] = "Write ' around a text.",
        ['\u2033'] = "Write \" around a name.",
        ['\u00B4'] = "Write ' around a text.",
        ['\uFF40'] = "Write \" around a name.",
        ['\u00AB'] = "Write ' around a text.",
        ['\u00BB'] = "Write ' around a text.",
        ['\u2039'] = "Write ' around a text, or < for less.",
        ['\u203A'] = "Write ' around a text, or > for more.",
        ['\u300C'] = "Write ' around a text.",
        ['\u300D'] = "Write ' around a text.",
        ['\u300E'] = "Write ' around a text.",
        ['\u300F'] = "Write ' around a text.",
        ['\u3008'] = "Write < for less.",
        ['\u3009'] = "Write > for more.",
        ['\u300A'] = "Write ' around a text.",
        ['\u300B'] = "Write ' around a text.",
        ['\u2026'] = "Write out what it leaves out.",
        ['\u3002'] = "Write . between names, or nothing at the end.",
        ['\u2260'] = "Write <>.",
        ['\u2264'] = "Write <=.",
        ['\u2265'] = "Write >=.",
        ['\u00D7'] = "Write *.",
        ['\u00F7'] = "Write /.",
        ['\uFF04'] = "Write $.",
        ['\uFF3C'] = "Write \\.",
    }.ToFrozenDictionary();

    private static readonly SearchValues<char> Punctuation = SearchValues.Create(
        [.. Every.Where(c => Twin(c) != c && Twin(c) != '_'), .. SingleQuotes, .. DoubleQuotes, .. Advice.Keys]);

    /// <summary>Those for whose sake a text is read twice.</summary>
    public static readonly SearchValues<char> Any = SearchValues.Create(
        [.. Every.Where(c => Twin(c) != c || IsSpace(c)), .. Invisible, .. SingleQuotes, .. DoubleQuotes]);

    private static IEnumerable<char> Every => Enumerable.Range(0, char.MaxValue + 1).Select(c => (char)c);

    /// <summary>The ASCII character that it stands for without doubt; else itself.</summary>
    public static char Twin(char c) => c switch
    {
        < '\u0080' => c,
        >= '\uFF01' and <= '\uFF5E' when IsTwin((char)(c - FullWidth)) => (char)(c - FullWidth),
        '\u2010' or '\u2011' or '\u2212' => '-',
        '\u2217' => '*',
        '\u3001' or '\uFF64' => ',',
        _ => c,
    };

    /// <summary>White space that PostgreSQL does not know.</summary>
    public static bool IsSpace(char c) => c == '\v' || (c >= '\u0080' && (char.IsWhiteSpace(c) || Fillers.Contains(c)));

    /// <summary>Whether it shows nothing; a joiner belongs to the letters of some scripts.</summary>
    public static bool IsInvisible(char c) => c >= '\u0080' && Invisible.Contains(c);

    public static bool IsJoiner(char c) => c is '\u200C' or '\u200D';

    /// <summary>No character of a name, unless that stands in quotes.</summary>
    public static bool IsPunctuation(char c) => c >= '\u0080' && Punctuation.Contains(c);

    /// <summary><c>'</c> or <c>"</c> for each form of them, ASCII's own too; else <c>\0</c>.</summary>
    public static char QuoteOf(char c) =>
        c == '\'' || (c >= '\u0080' && SingleQuotes.Contains(c)) ? '\''
        : c == '"' || (c >= '\u0080' && DoubleQuotes.Contains(c)) ? '"'
        : '\0';

    /// <summary>What to write instead of a character that is not read as another.</summary>
    public static string AdviceFor(char c) =>
        Advice.TryGetValue(c, out var advice) ? advice : $"Write {(QuoteOf(c) is var quote and not '\0' ? quote : Twin(c))}.";

    // Letters and digits may name something; quotes, backslash and dollar begin what runs to another of them.
    private static bool IsTwin(char ascii) => !char.IsAsciiLetterOrDigit(ascii) && ascii is not ('\'' or '"' or '`' or '\\' or '$');
}
