using System.Collections.Frozen;

namespace ThanoSql.Language.Lexing;

/// <summary>Unicode's names of the characters that errors speak of.</summary>
internal static class CharacterNames
{
    private static readonly FrozenDictionary<char, string> Names = new Dictionary<char, string>
    {
        ['\u00AB'] = "left-pointing double angle quotation mark",
        ['\u00B4'] = "acute accent",
        ['\u00BB'] = "right-pointing double angle quotation mark",
        ['\u00D7'] = "multiplication sign",
        ['\u00F7'] = "division sign",
        ['\u2010'] = "hyphen",
        ['\u2011'] = "non-breaking hyphen",
        ['\u2012'] = "figure dash",
        ['\u2013'] = "en dash",
        ['\u2014'] = "em dash",
        ['\u2015'] = "horizontal bar",
        ['\u2018'] = "left single quotation mark",
        ['\u2019'] = "right single quotation mark",
        ['\u201A'] = "single low-9 quotation mark",
        ['\u201B'] = "single high-reversed-9 quotation mark",
        ['\u201C'] = "left double quotation mark",
        ['\u201D'] = "right double quotation mark",
        ['\u201E'] = "double low-9 quotation mark",
        ['\u201F'] = "double high-reversed-9 quotation mark",
        ['\u2026'] = "horizontal ellipsis",
        ['\u2032'] = "prime",
        ['\u2033'] = "double prime",
        ['\u2039'] = "single left-pointing angle quotation mark",
        ['\u203A'] = "single right-pointing angle quotation mark",
        ['\u2212'] = "minus sign",
        ['\u2217'] = "asterisk operator",
        ['\u2260'] = "not equal to",
        ['\u2264'] = "less-than or equal to",
        ['\u2265'] = "greater-than or equal to",
        ['\u3002'] = "ideographic full stop",
        ['\u3008'] = "left angle bracket",
        ['\u3009'] = "right angle bracket",
        ['\u300A'] = "left double angle bracket",
        ['\u300B'] = "right double angle bracket",
        ['\u300C'] = "left corner bracket",
        ['\u300D'] = "right corner bracket",
        ['\u300E'] = "left white corner bracket",
        ['\u300F'] = "right white corner bracket",
        ['\uFF02'] = "fullwidth quotation mark",
        ['\uFF04'] = "fullwidth dollar sign",
        ['\uFF07'] = "fullwidth apostrophe",
        ['\uFF0A'] = "fullwidth asterisk",
        ['\uFF0D'] = "fullwidth hyphen-minus",
        ['\uFF0F'] = "fullwidth solidus",
        ['\uFF3C'] = "fullwidth reverse solidus",
        ['\uFF40'] = "fullwidth grave accent",
    }.ToFrozenDictionary();

    /// <summary>For messages: <c>'–' (U+2013, en dash)</c>.</summary>
    public static string Of(char c) => $"'{c}' (U+{(int)c:X4}{(Names.TryGetValue(c, out var name) ? $", {name}" : "")})";
}
