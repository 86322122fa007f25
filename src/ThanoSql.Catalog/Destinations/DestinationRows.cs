namespace ThanoSql.Catalog.Destinations;

/// <summary>The rows of a statement, to be put into a table.</summary>
/// <param name="Columns">At least one; names may repeat.</param>
/// <param name="Rows">Texts as PostgreSQL writes them for the columns' types; null is NULL.</param>
public sealed record DestinationRows(IReadOnlyList<DestinationColumn> Columns, IReadOnlyList<string?[]> Rows)
{
    private const int RowBytes = 24; // PostgreSQL's own of each

    /// <summary>About what they take in a table.</summary>
    public long Bytes => Rows.Sum(row => RowBytes + row.Sum(cell => (long)(cell?.Length ?? 0)));
}

/// <param name="TypeId">PostgreSQL's number of its type.</param>
public sealed record DestinationColumn(string Name, uint TypeId);
