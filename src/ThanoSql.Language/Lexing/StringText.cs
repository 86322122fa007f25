using System.Text;

namespace ThanoSql.Language.Lexing;

/// <summary>What a string of a ThanoSQL clause stands for.</summary>
internal static class StringText
{
    /// <summary>The characters meant by <paramref name="raw"/>, the text between two <paramref name="quote"/>s.</summary>
    /// <param name="isJson">Only escaped quotes that JSON does not know itself are taken back, so that its own escapes reach the JSON reader.</param>
    public static string Unescape(string raw, char quote, bool isJson)
    {
        if (!raw.Contains('\\') && !raw.Contains(quote))
            return raw;

        var text = new StringBuilder(raw.Length);
        for (var i = 0; i < raw.Length; i++)
        {
            var next = i + 1 < raw.Length ? raw[i + 1] : '\0';
            if (raw[i] == '\\' && next != '\0')
            {
                var takenBack = next == '\'' || (!isJson && next is '"' or '\\');
                text.Append(takenBack ? "" : "\\").Append(next);
                i++;
            }
            else
            {
                text.Append(raw[i]);
                if (raw[i] == quote && next == quote)
                    i++;
            }
        }
        return text.ToString();
    }
}
