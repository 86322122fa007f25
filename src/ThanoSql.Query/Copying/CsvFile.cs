using System.Text.RegularExpressions;
using CsvHelper;

namespace ThanoSql.Query.Copying;

/// <summary>
/// CSV as RFC 4180 has it: commas, quotes doubled inside quotes, line breaks inside quotes. A field that is empty and not quoted is null; a quote
/// inside a field that does not begin with one is text.
/// </summary>
internal static class CsvFile
{
    private static readonly CsvReaderOptions Options =
        new() { Separator = ',', HasHeader = false, TrackLineNumbers = true, OnMalformedRecord = Refuse };

    /// <param name="utf8">May begin with a byte order mark.</param>
    /// <returns>Each record with the line, from 1, on which it begins; blank lines are skipped.</returns>
    /// <exception cref="CsvException">A quote is never closed, or text follows a closing one.</exception>
    public static IEnumerable<(long Line, string?[] Fields)> Read(byte[] utf8)
    {
        using var csv = CsvReader.Create(utf8, Options);
        while (csv.Read())
        {
            var fields = new string?[csv.FieldCount];
            for (var i = 0; i < fields.Length; i++)
                fields[i] = csv.GetRawSpan(i).IsEmpty ? null : csv.GetString(i);
            yield return (csv.LineNumber, fields);
        }
    }

    // Only a record's first problem is reported. A stray quote is text, but in a record of several lines a later one may never have been closed.
    private static void Refuse(CsvMalformedRecord record)
    {
        if (record.Reason == CsvMalformedReason.StrayQuote && !record.RawRecord.AsSpan().ContainsAny('\r', '\n'))
            return;
        throw new CsvException(
            record.LineNumber,
            record.Reason switch
            {
                CsvMalformedReason.UnterminatedQuote => "a quote is never closed",
                CsvMalformedReason.TextAfterClosingQuote => "text follows a closing quote",
                _ => "a quote stands inside a field that is not quoted",
            });
    }
}

/// <summary>A text that is no CSV.</summary>
internal sealed class CsvException(long line, string problem) : Exception($"line {line}: {problem}");

/// <summary>The narrowest type that holds every value of a column; text when in doubt, so that nothing is lost (007 stays 007).</summary>
internal sealed partial class ColumnType
{
    private static readonly (string Name, Func<string, bool> Holds)[] Candidates =
    [
        ("boolean", v => v is "True" or "False" or "true" or "false" or "TRUE" or "FALSE"),
        ("bigint", v => Integer().IsMatch(v) && long.TryParse(v, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)),
        ("double precision", v => Number().IsMatch(v)),
        ("timestamp", v => LocalTime().IsMatch(v) && IsTime(v)),
        ("timestamptz", v => ZonedTime().IsMatch(v) && IsTime(v)),
    ];

    private readonly List<(string Name, Func<string, bool> Holds)> _left = [.. Candidates];
    private bool _any;

    public string Name => _any && _left.Count > 0 ? _left[0].Name : "text";

    public void See(string? value)
    {
        if (value is null)
            return;
        _any = true;
        _left.RemoveAll(c => !c.Holds(value));
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
