using System.Text.RegularExpressions;

namespace ThanoSql.Query.Copying;

/// <summary>The narrowest type that holds every value of a column; text when in doubt, so that nothing is lost (007 stays 007).</summary>
/// <param name="thousands">Inside numbers, which may then carry a currency sign, too; null for none.</param>
internal sealed partial class ColumnType(char? thousands = null)
{
    private static readonly (string Name, Func<string, bool> Holds)[] Candidates =
    [
        ("boolean", v => v is "True" or "False" or "true" or "false" or "TRUE" or "FALSE"),
        ("bigint", v => Integer().IsMatch(v) && long.TryParse(v, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)),
        ("double precision", v => Number().IsMatch(v) && IsExact(v)),
        ("numeric", Number().IsMatch),
        ("timestamp", v => LocalTime().IsMatch(v) && IsTime(v)),
        ("timestamptz", v => ZonedTime().IsMatch(v) && IsTime(v)),
    ];

    private readonly List<(string Name, Func<string, bool> Holds)> _left = [.. Candidates];
    private bool _any;

    public string Name => IsText ? "text" : _left[0].Name;

    /// <summary>Values that stand for none, where the others are numbers or times: as many were read as NULL.</summary>
    public int Missing => IsText ? 0 : _missing;

    private int _missing;

    private bool IsText => !_any || _left.Count == 0;

    public void See(string? value)
    {
        if (value is null)
            return;
        if (MissingValue.Is(value))
        {
            _missing++;
            return;
        }
        _any = true;
        var plain = Plain(value);
        _left.RemoveAll(c => !c.Holds(plain));
    }

    /// <summary>A value as PostgreSQL reads it, once all were seen.</summary>
    public string? Read(string? value)
    {
        if (value is null || IsText)
            return value;
        return MissingValue.Is(value) ? null : Plain(value);
    }

    private string Plain(string value) => thousands is { } separator ? GroupedNumber.Plain(value, separator) : value;

    // Whether a double has all of its digits: 0.1 and what a program wrote of a double, but no bar code of twenty
    private static bool IsExact(string number) =>
        double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
        && Digits(value.ToString("R", CultureInfo.InvariantCulture)) == Digits(number);

    // Significant ones
    private static string Digits(string number)
    {
        var mantissa = number.Split('e', 'E')[0];
        return mantissa.Replace(".", "", StringComparison.Ordinal).TrimStart('-', '0').TrimEnd('0');
    }

    private static bool IsTime(string text) => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _);

    [GeneratedRegex(@"^-?(0|[1-9]\d{0,18})$", RegexOptions.CultureInvariant)]
    private static partial Regex Integer();

    [GeneratedRegex(@"^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d{1,3})?$", RegexOptions.CultureInvariant)]
    private static partial Regex Number();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,9})?)?)?$", RegexOptions.CultureInvariant)]
    private static partial Regex LocalTime();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)$", RegexOptions.CultureInvariant)]
    private static partial Regex ZonedTime();
}

/// <summary>What pandas.read_csv takes for a value that is not there, beside the empty field.</summary>
internal static class MissingValue
{
    private static readonly HashSet<string> Spellings =
    [
        "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a",
        "nan", "null",
    ];

    public static bool Is(string value) => Spellings.Contains(value);
}

/// <summary>Numbers as people write prices: <c>9,900</c>, <c>₩9,900</c>, <c>-1.234,50</c>.</summary>
internal static class GroupedNumber
{
    private const string Currencies = "₩￦\\$€£¥원"; // CP949 has a backslash where its fonts show the won sign

    /// <param name="value">As written.</param>
    /// <param name="separator">Of thousands. A full stop there makes a comma the decimal point.</param>
    /// <returns>The number in plain spelling; the value itself when it is none.</returns>
    public static string Plain(string value, char separator)
    {
        var point = separator == '.' ? ',' : '.';
        var isNegative = value.StartsWith('-');
        var bare = (isNegative ? value[1..] : value).Trim().Trim(Currencies.ToCharArray()).Trim();
        var parts = bare.Split(point);
        var groups = parts[0].Split(separator);
        var isGrouped = parts.Length <= 2 && groups[0].Length is >= 1 and <= 3 && groups.Skip(1).All(g => g.Length == 3);
        if ((!isGrouped && groups.Length > 1) || !parts.Concat(groups).All(p => p.Length > 0) || !groups.Concat(parts.Skip(1)).All(IsDigits))
            return value;
        return (isNegative ? "-" : "") + string.Concat(groups) + (parts.Length == 2 ? "." + parts[1] : "");
    }

    private static bool IsDigits(string text) => text.All(char.IsAsciiDigit);
}
