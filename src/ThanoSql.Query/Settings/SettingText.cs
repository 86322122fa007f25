using System.Collections;
using System.Data.Common;
using System.Text.RegularExpressions;

namespace ThanoSql.Query.Settings;

/// <summary>Values of settings as people may see them.</summary>
internal static partial class SettingText
{
    /// <summary>Stands for a secret.</summary>
    public const string Hidden = "••••••";

    // Of a connection string these are shown and nothing else: drivers add words for passwords, but not to this list
    private static readonly string[] Shown =
        ["host", "server", "port", "database", "username", "user id", "ssl mode", "sslmode", "application name", "search path", "timeout", "pooling"];

    /// <param name="key">The setting's name.</param>
    /// <param name="value">Of an options class, or as it was configured.</param>
    public static string Of(string key, object? value) => value switch
    {
        null => "",
        string text => OfText(key, text),
        bool yes => yes ? "true" : "false",
        Uri address => OfText(key, address.OriginalString),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        IEnumerable many => string.Join(", ", many.Cast<object?>().Select(one => Of(key, one))),
        _ => "",
    };

    private static string OfText(string key, string text) =>
        text.Length == 0 ? ""
        : SecretName().IsMatch(key) ? Hidden
        : ConnectionWord().IsMatch(text) ? OfConnection(text)
        : text.Contains("://", StringComparison.Ordinal) ? OfAddress(text)
        : key.EndsWith("ConnectionString", StringComparison.OrdinalIgnoreCase) ? Hidden
        : text;

    // Name and password go, which may hold what ends a host elsewhere, and so does whatever a query may carry
    private static string OfAddress(string text)
    {
        var start = text.IndexOf("://", StringComparison.Ordinal) + "://".Length;
        var at = text.LastIndexOf('@');
        var shown = at < start ? text : string.Concat(text.AsSpan(0, start), Hidden, text.AsSpan(at));
        var query = shown.IndexOfAny(['?', '#'], start);
        return query < 0 ? shown : shown[..query] + "?" + Hidden;
    }

    private static string OfConnection(string text)
    {
        try
        {
            var words = new DbConnectionStringBuilder { ConnectionString = text };
            return string.Join(";", words.Keys.Cast<string>().Select(
                word => $"{word}={(Shown.Contains(word) ? words[word] : Hidden)}"));
        }
        catch (ArgumentException)
        {
            return Hidden;
        }
    }

    [GeneratedRegex(
        "password|passphrase|passwd|pwd|secret|token|credential|authorization|api_?key|access_?key|private_?key|signature",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SecretName();

    [GeneratedRegex(
        @"(^|;)\s*(host|server|data source|password|pwd|username|user id|passfile)\s*=",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ConnectionWord();
}
