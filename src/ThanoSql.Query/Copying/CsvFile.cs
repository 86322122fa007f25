using CsvHelper;

namespace ThanoSql.Query.Copying;

/// <summary>
/// CSV as RFC 4180 has it, with any delimiter: quotes doubled inside quotes, line breaks inside quotes. A field that is empty and not quoted is null;
/// a quote inside a field that does not begin with one is text.
/// </summary>
internal static class CsvFile
{
    private const char Usual = ',';

    // The likelier first
    private static readonly char[] Delimiters = [Usual, ';', '\t', '|'];

    /// <summary>The character that stands most often between the names of the first line; a comma where none does.</summary>
    public static char DelimiterOf(ReadOnlySpan<byte> utf8)
    {
        var counts = new int[Delimiters.Length];
        var isQuoted = false;
        foreach (var c in utf8)
        {
            if (c == '"')
                isQuoted = !isQuoted;
            else if (!isQuoted && c is (byte)'\n' or (byte)'\r')
                break;
            else if (!isQuoted && Array.IndexOf(Delimiters, (char)c) is >= 0 and var found)
                counts[found]++;
        }
        return Delimiters[Array.IndexOf(counts, counts.Max())];
    }

    /// <param name="utf8">May begin with a byte order mark.</param>
    /// <param name="delimiter">Between values.</param>
    /// <returns>Each record with the line, from 1, on which it begins; blank lines are skipped.</returns>
    /// <exception cref="CsvException">A quote is never closed, or text follows a closing one.</exception>
    public static IEnumerable<(long Line, string?[] Fields)> Read(byte[] utf8, char delimiter = Usual)
    {
        using var csv = CsvReader.Create(utf8, Options(delimiter));
        while (csv.Read())
        {
            var fields = new string?[csv.FieldCount];
            for (var i = 0; i < fields.Length; i++)
                fields[i] = csv.GetRawSpan(i).IsEmpty ? null : csv.GetString(i);
            yield return (csv.LineNumber, fields);
        }
    }

    private static CsvReaderOptions Options(char delimiter) =>
        new() { Separator = delimiter, HasHeader = false, TrackLineNumbers = true, OnMalformedRecord = Refuse };

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
