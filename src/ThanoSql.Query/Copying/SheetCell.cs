using System.Buffers;

namespace ThanoSql.Query.Copying;

/// <summary>Cells of a sheet as text that PostgreSQL reads, and that <see cref="ColumnType"/> finds the type of.</summary>
internal static class SheetCell
{
    // A double has all of their digits
    private const double WholeNumbers = 9_007_199_254_740_992;

    private static readonly DateTime FirstDay = new(1900, 1, 1);
    private static readonly SearchValues<char> Zero = SearchValues.Create('0');

    /// <param name="value">As ExcelDataReader tells it.</param>
    /// <param name="format">Of a number, for example <c>00000</c>, which shows the post code 6236 as 06236, and gives 06236 here.</param>
    /// <returns>Null for an empty cell.</returns>
    public static string? Text(object? value, string? format) => value switch
    {
        null or "" => null,
        string text => text,
        bool truth => truth ? "true" : "false",
        double number => Number(number, format),
        DateTime time when time < FirstDay => time.ToString("HH:mm:ss.FFF", CultureInfo.InvariantCulture), // a time of day without a date
        DateTime time when time.TimeOfDay == TimeSpan.Zero => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        DateTime time => time.ToString("yyyy-MM-dd HH:mm:ss.FFF", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };

    /// <summary>Whether Excel may have lost digits of it: it keeps 15.</summary>
    public static bool IsLong(object? value) => value is double number && Math.Abs(number) >= 1e15 && Math.Floor(number) == number;

    /// <summary>A for 0, AA for 26.</summary>
    public static string ColumnName(int column) => column < 26 ? $"{(char)('A' + column)}" : ColumnName(column / 26 - 1) + ColumnName(column % 26);

    private static string Number(double number, string? format)
    {
        if (Math.Abs(number) >= WholeNumbers || Math.Floor(number) != number)
            return number.ToString("R", CultureInfo.InvariantCulture);
        var whole = (long)number;
        var zeros = format is { Length: > 1 and <= 32 } && !format.AsSpan().ContainsAnyExcept(Zero) && whole >= 0 ? format.Length : 1;
        return whole.ToString($"D{zeros}", CultureInfo.InvariantCulture);
    }
}
