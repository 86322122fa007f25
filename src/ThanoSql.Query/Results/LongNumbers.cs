using System.Text.RegularExpressions;

namespace ThanoSql.Query.Results;

/// <summary>
/// Numbers beyond a 64-bit integer or a double: pandas refuses a whole result for one of them ("Value is too big!"), so what pandas reads has them
/// as texts. Digits behind the point are no trouble: pandas rounds them.
/// </summary>
internal static partial class LongNumbers
{
    private const string Largest = "9223372036854775807";
    private const string Smallest = "9223372036854775808"; // without its sign

    private const uint Numeric = 1700;
    private const uint NumericArray = 1231;

    /// <param name="number">As JSON or PostgreSQL writes one.</param>
    public static bool IsTooLong(ReadOnlySpan<char> number)
    {
        if (number.Length < Largest.Length && !number.ContainsAny('e', 'E'))
            return false;
        var isNegative = number.StartsWith('-');
        var digits = number[(isNegative ? 1 : 0)..];
        var end = digits.IndexOfAnyExceptInRange('0', '9');
        var whole = (end < 0 ? digits : digits[..end]).TrimStart('0');
        if (whole.Length != Largest.Length)
            return whole.Length > Largest.Length || IsInfinite(number);
        return whole.SequenceCompareTo(isNegative ? Smallest : Largest) > 0 || IsInfinite(number);
    }

    /// <summary>JSON with its too long numbers in quotes.</summary>
    public static string Quoted(string json) =>
        Tokens().Replace(json, token => token.Value[0] != '"' && IsTooLong(token.ValueSpan) ? $"\"{token.Value}\"" : token.Value);

    /// <summary>What its reader must be told of a result; null when nothing.</summary>
    public static string? MessageFor(ResultTable? table)
    {
        var columns = table is null ? [] : table.Columns.Where((column, i) => HasAny(table, column, i)).Select(column => column.Name).ToList();
        return columns.Count == 0
            ? null
            : $"Numbers longer than 64 bits are given as text, for pandas cannot read them: {string.Join(", ", columns.Take(10))}.";
    }

    private static bool HasAny(ResultTable table, ResultColumn column, int i)
    {
        var isJson = PostgresTypes.ShapeOf(column) == JsonShape.Json || PostgresTypes.ElementShapeOf(column) == JsonShape.Json;
        if (!isJson && column.TypeId is not (Numeric or NumericArray))
            return false;
        return table.Rows.Any(row => row[i] is { } cell && HasAny(cell));
    }

    private static bool HasAny(string cell)
    {
        foreach (var token in Tokens().EnumerateMatches(cell))
        {
            if (cell[token.Index] != '"' && IsTooLong(cell.AsSpan(token.Index, token.Length)))
                return true;
        }
        return false;
    }

    private static bool IsInfinite(ReadOnlySpan<char> number) =>
        number.ContainsAny('e', 'E') && double.IsInfinity(double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture));

    // Strings, so that no number is found in them, and numbers
    [GeneratedRegex("""
        "[^"\\]*(?:\\.[^"\\]*)*"|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?
        """, RegexOptions.CultureInvariant | RegexOptions.Singleline | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Tokens();
}
