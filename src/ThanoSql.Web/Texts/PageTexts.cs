using System.Collections.Frozen;
using System.Text.Json;

namespace ThanoSql.Web.Texts;

/// <summary>
/// The page's texts in one language. A table of ours, since the product runs without ICU, where there is no Korean culture; both languages write
/// numbers and dates alike.
/// </summary>
public sealed class PageTexts
{
    public const string Korean = "ko";
    public const string English = "en";

    private static readonly FrozenDictionary<string, FrozenDictionary<string, string>> All =
        new[] { Korean, English }.ToFrozenDictionary(language => language, Load);

    private FrozenDictionary<string, string> _texts = All[Korean];

    /// <summary><c>ko</c> or <c>en</c>.</summary>
    public string Language { get; private set; } = Korean;

    /// <summary>The text of that name; the name itself where there is none.</summary>
    public string this[string name] => _texts.GetValueOrDefault(name, name);

    /// <summary>The text of that name with values in its places <c>{0}</c>, <c>{1}</c>, …; whole numbers get separators.</summary>
    public string this[string name, params object?[] values] =>
        string.Format(CultureInfo.InvariantCulture, this[name], Array.ConvertAll(values, Shown));

    /// <summary>Whether there is such a text.</summary>
    public bool Has(string name) => _texts.ContainsKey(name);

    /// <summary>Changes the language; one that is not known leaves it.</summary>
    public void Use(string language)
    {
        if (!All.TryGetValue(language, out var texts))
            return;
        Language = language;
        _texts = texts;
    }

    /// <summary>As <c>1,234</c>.</summary>
    public static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>As <c>0.98</c>.</summary>
    /// <param name="score">0 to 1.</param>
    /// <param name="digits">After the point.</param>
    public static string Score(double score, int digits = 2) => score.ToString($"F{digits}", CultureInfo.InvariantCulture);

    /// <summary>As <c>2026-11-28 14:02</c>, in the service's time zone.</summary>
    public static string Time(DateTimeOffset time) => time.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <summary>How long ago or how long until, in one unit: "3 minutes".</summary>
    public string Span(TimeSpan span)
    {
        var (unit, count) = span.Duration() switch
        {
            { TotalSeconds: < 90 } s => ("seconds", s.TotalSeconds),
            { TotalMinutes: < 90 } m => ("minutes", m.TotalMinutes),
            { TotalHours: < 36 } h => ("hours", h.TotalHours),
            var d => ("days", d.TotalDays),
        };
        return this[$"span.{unit}", (long)Math.Round(count)];
    }

    /// <summary>The names of a language's texts.</summary>
    internal static IReadOnlyDictionary<string, string> Of(string language) => All[language];

    private static object? Shown(object? value) => value switch
    {
        int number => Number(number),
        long number => Number(number),
        _ => value,
    };

    private static FrozenDictionary<string, string> Load(string language)
    {
        var assembly = typeof(PageTexts).Assembly;
        var files = assembly.GetManifestResourceNames().Where(name => name.StartsWith($"Texts/{language}/", StringComparison.Ordinal));
        return files.SelectMany(file => JsonSerializer.Deserialize<Dictionary<string, string>>(assembly.GetManifestResourceStream(file)!)!)
            .ToFrozenDictionary();
    }
}
