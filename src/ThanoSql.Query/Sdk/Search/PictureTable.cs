using ThanoSql.Query.Sdk.Tables;

namespace ThanoSql.Query.Sdk.Search;

/// <summary>Where pictures are searched, as a request names it.</summary>
/// <param name="Model">In service.</param>
/// <param name="Column">Of paths.</param>
internal sealed record PictureTable(TableAddress Table, string Column, string Model)
{
    /// <exception cref="QueryException">Something is not named.</exception>
    public static PictureTable Of(IQueryCollection query)
    {
        var table = TableAddress.Of(Text(query, "table_name"), query);
        return new PictureTable(table, TableAddress.Checked(Text(query, "column_name"), "column"), Text(query, "model_name"));
    }

    public static string Text(IQueryCollection query, string name) =>
        SdkParameters.Text(query, name) ?? throw new QueryException(ErrorCode.BadRequest, $"'{name}' is missing.");
}
