using System.Globalization;
using System.Text.RegularExpressions;

namespace ThanoSql.Query.Copying;

/// <summary>The narrowest type that holds every value of a column; text when in doubt, so that nothing is lost (007 stays 007).</summary>
internal static partial class ColumnTypes
{
    private static readonly (string Type, Func<string, bool> Holds)[] Candidates =
    [
        ("boolean", v => v is "True" or "False" or "true" or "false" or "TRUE" or "FALSE"),
        ("bigint", v => Integer().IsMatch(v) && long.TryParse(v, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)),
        ("double precision", v => Number().IsMatch(v)),
        ("timestamp", v => LocalTime().IsMatch(v) && IsTime(v)),
        ("timestamptz", v => ZonedTime().IsMatch(v) && IsTime(v)),
    ];

    public static string Of(IEnumerable<string?> values)
    {
        var left = Candidates.ToList();
        var any = false;
        foreach (var value in values)
        {
            if (value is null)
                continue;
            any = true;
            left.RemoveAll(c => !c.Holds(value));
            if (left.Count == 0)
                return "text";
        }
        return any ? left[0].Type : "text";
    }

    private static bool IsTime(string text) => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _);

    [GeneratedRegex(@"^-?(0|[1-9]\d{0,18})$", RegexOptions.CultureInvariant)]
    private static partial Regex Integer();

    [GeneratedRegex(@"^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d{1,3})?$|^NaN$", RegexOptions.CultureInvariant)]
    private static partial Regex Number();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,9})?)?)?$", RegexOptions.CultureInvariant)]
    private static partial Regex LocalTime();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)$", RegexOptions.CultureInvariant)]
    private static partial Regex ZonedTime();
}
