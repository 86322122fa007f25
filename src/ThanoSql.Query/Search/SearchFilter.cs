namespace ThanoSql.Query.Search;

/// <summary>A condition on one column: <c>price.lte=10000</c>; without a point it is equality.</summary>
/// <param name="Operator">Of SQL.</param>
/// <param name="Value">As text; PostgreSQL reads it as the column's type.</param>
internal sealed record SearchFilter(string Column, string Operator, string Value)
{
    public static SearchFilter Read(string name, string value)
    {
        var point = name.LastIndexOf('.');
        var comparison = point < 0 ? null : name[(point + 1)..] switch
        {
            "eq" => "=",
            "gte" => ">=",
            "lte" => "<=",
            "gt" => ">",
            "lt" => "<",
            _ => null,
        };
        return comparison is null ? new SearchFilter(name, "=", value) : new SearchFilter(name[..point], comparison, value);
    }
}
