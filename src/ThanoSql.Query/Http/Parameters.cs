namespace ThanoSql.Query.Http;

/// <summary>Reads parameters of an address.</summary>
internal static class Parameters
{
    /// <exception cref="QueryException">No whole number, or out of its range.</exception>
    public static int Whole(IQueryCollection query, string name, int fallback, int least, int most)
    {
        var number = Number(query, name, fallback, least, most);
        return double.IsInteger(number)
            ? (int)number
            : throw new QueryException(ErrorCode.BadRequest, $"'{name}' is a whole number, not '{query[name]}'.");
    }

    /// <exception cref="QueryException">No number, or out of its range.</exception>
    public static double Number(IQueryCollection query, string name, double fallback, double least, double most)
    {
        var text = query[name].ToString();
        if (text.Length == 0)
            return fallback;
        return double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number >= least
            && number <= most
            ? number
            : throw new QueryException(
                ErrorCode.BadRequest, string.Create(CultureInfo.InvariantCulture, $"'{name}' is a number from {least} to {most}, not '{text}'."));
    }

    /// <returns>One of the words, the first where none is given.</returns>
    /// <exception cref="QueryException">Another word.</exception>
    public static string Choice(IQueryCollection query, string name, string usual, string other)
    {
        var text = query[name].ToString();
        return text.Length == 0 || text == usual ? usual
            : text == other ? other
            : throw new QueryException(ErrorCode.BadRequest, $"'{name}' is '{usual}' or '{other}', not '{text}'.");
    }
}
