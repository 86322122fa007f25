using System.Text.RegularExpressions;

namespace ThanoSql.Web.Queries;

/// <summary>Numbers of a result as people read them.</summary>
internal static partial class CellNumber
{
    /// <summary>With separators: 12,345.60; as it is where a number is a name (an id, a year) or no plain one.</summary>
    /// <param name="value">As PostgreSQL writes it.</param>
    /// <param name="column">Its name.</param>
    public static string Show(string value, string column)
    {
        if (Name().IsMatch(column) || !Plain().IsMatch(value))
            return value;
        var start = value[0] == '-' ? 1 : 0;
        var end = value.IndexOf('.', StringComparison.Ordinal) is >= 0 and var point ? point : value.Length;
        for (var at = end - 3; at > start; at -= 3)
            value = value.Insert(at, ",");
        return value;
    }

    [GeneratedRegex(@"(^|_)(id|oid|year|no|number|version)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    [GeneratedRegex(@"^-?\d+(\.\d+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Plain();
}
