using ThanoSql.Vision.Imaging;

namespace ThanoSql.Query.Statements;

/// <summary>A column as people see it.</summary>
/// <param name="Name">As the statement names it; names may repeat.</param>
/// <param name="TypeName">PostgreSQL's.</param>
/// <param name="Kind">How its values are shown.</param>
internal sealed record ConsoleColumn(string Name, string TypeName, ConsoleKind Kind);

/// <summary>How values are shown.</summary>
internal enum ConsoleKind
{
    Text,
    Number,

    /// <summary>Paths of pictures.</summary>
    Picture,
}

/// <summary>Tells how the columns of a result are shown.</summary>
internal static class ConsoleColumns
{
    private const int Sample = 50; // rows that are looked at


    /// <param name="table">The result.</param>
    /// <param name="printed">The column that PRINT names; null for other statements.</param>
    /// <param name="workspace">The bucket of paths that name none.</param>
    public static IReadOnlyList<ConsoleColumn> Of(ResultTable table, string? printed, string workspace) =>
        [.. table.Columns.Select((column, i) => new ConsoleColumn(column.Name, column.TypeName, KindOf(table, i, printed, workspace)))];

    private static ConsoleKind KindOf(ResultTable table, int i, string? printed, string workspace)
    {
        var column = table.Columns[i];
        return PostgresTypes.ShapeOf(column) switch
        {
            JsonShape.Number => ConsoleKind.Number,
            JsonShape.Text when column.Name == printed || HoldsPictures(table.Rows.Select(row => row[i]), workspace) => ConsoleKind.Picture,
            _ => ConsoleKind.Text,
        };
    }

    private static bool HoldsPictures(IEnumerable<string?> values, string workspace)
    {
        var seen = values.OfType<string>().Take(Sample).ToList();
        return seen.Count > 0 && seen.TrueForAll(value => IsPicture(value, workspace));
    }

    // Addresses of the web are no pictures of ours
    private static bool IsPicture(string value, string workspace) =>
        ImageSignature.IsUsualName(value)
        && StorePath.TryParse(value, workspace, out var path)
        && !path.Key.Contains("://", StringComparison.Ordinal);
}
