using System.Text.RegularExpressions;

namespace ThanoSql.Query.Search;

/// <summary>A condition on one column: <c>price.lte=10000</c>; without a comparison it is equality.</summary>
/// <param name="Parameter">As written.</param>
/// <param name="Operator">Of SQL.</param>
/// <param name="Value">As text; PostgreSQL reads it as the column's type.</param>
internal sealed partial record SearchFilter(string Parameter, string Column, string Operator, string Value)
{
    private const string In = "IN";
    private const int MostInList = 100;

    private static readonly Dictionary<string, string> Comparisons = new()
    {
        ["eq"] = "=",
        ["ne"] = "<>",
        ["gte"] = ">=",
        ["lte"] = "<=",
        ["gt"] = ">",
        ["lt"] = "<",
        ["in"] = In,
        ["is"] = "IS",
    };

    /// <summary>False for <c>IS NULL</c> and its opposite.</summary>
    public bool HasValue => !Operator.StartsWith("IS", StringComparison.Ordinal);

    /// <exception cref="QueryException">No value that this comparison takes.</exception>
    public static SearchFilter Read(string name, string value)
    {
        if (value.Contains('\0', StringComparison.Ordinal))
            throw Bad(name, "the value holds the character NUL, which no column does", null);
        var point = name.LastIndexOf('.');
        if (point < 0 || !Comparisons.TryGetValue(name[(point + 1)..], out var comparison))
            return new SearchFilter(name, name, "=", value);
        var column = name[..point];
        return comparison switch
        {
            "IS" => new SearchFilter(name, column, IsNull(name, value), ""),
            In => new SearchFilter(name, column, In, AsArray(name, value)),
            _ => new SearchFilter(name, column, comparison, value),
        };
    }

    /// <exception cref="QueryException">The column's type knows no such comparison or value; what PostgreSQL alone can tell is not seen.</exception>
    public void Check(SearchColumn column)
    {
        if (!HasValue)
            return;
        if (!column.IsOrdered)
            throw Bad(Parameter, $"values of type {column.Type} cannot be compared", $"{Column}.is=null and {Column}.is=notnull can be asked.");
        if (Operator == In && column.Type.EndsWith(']'))
            throw Bad(Parameter, "a list of lists is not supported", $"Ask for {Column}.eq={{…}}, one at a time.");
        if (ColumnValues.HasTime(column.Type) && BlankZone().IsMatch(Value))
        {
            throw Bad(
                Parameter, $"'{Value}' has a blank before the time zone",
                "A '+' in an address stands for a blank: write %2B, as in …T00:00:00%2B09:00.");
        }
        if (column.Type == "timestamp without time zone" && Zone().IsMatch(Value))
            throw Bad(Parameter, $"'{Value}' names a time zone, and the column has none", "Leave the zone out.");
    }

    /// <summary>The condition in SQL.</summary>
    /// <param name="sql">Of the column.</param>
    /// <param name="column">The same.</param>
    /// <param name="value">Gives the next parameter.</param>
    public string ToSql(string sql, SearchColumn column, Func<string> value) => Operator switch
    {
        In => $"{sql} = ANY ({value()}::{column.Type}[])",
        _ when HasValue => $"{sql} {Operator} {value()}::{column.Type}",
        _ => $"{sql} {Operator}",
    };

    private static string IsNull(string name, string value) => value switch
    {
        "null" => "IS NULL",
        "notnull" => "IS NOT NULL",
        _ => throw Bad(name, $"'{value}' is neither", "Write 'null' or 'notnull'."),
    };

    /// <summary><c>a,b\,c</c> → <c>{"a","b,c"}</c></summary>
    private static string AsArray(string name, string list)
    {
        var array = new StringBuilder("{\"");
        var values = 1;
        for (var i = 0; i < list.Length; i++)
        {
            var c = list[i];
            if (c == ',' && ++values <= MostInList)
                array.Append("\",\"");
            else if (c == ',')
                throw Bad(name, $"the list has more than {MostInList} values", null);
            else if (c == '\\' && i + 1 < list.Length && list[i + 1] is ',' or '\\')
                Append(list[++i]);
            else
                Append(c);
        }
        return array.Append("\"}").ToString();

        void Append(char c) => array.Append(c is '"' or '\\' ? "\\" : "").Append(c);
    }

    private static QueryException Bad(string parameter, string problem, string? hint) =>
        new(ErrorCode.BadRequest, $"'{parameter}': {problem}.", hint: hint);

    [GeneratedRegex(@":\d\d(\.\d+)? \d\d(:?\d\d)?(""|$)", RegexOptions.CultureInvariant)]
    private static partial Regex BlankZone();

    [GeneratedRegex(@":\d\d(\.\d+)? ?(Z|z|[+-]\d\d(:?\d\d)?)(""|$)", RegexOptions.CultureInvariant)]
    private static partial Regex Zone();
}
