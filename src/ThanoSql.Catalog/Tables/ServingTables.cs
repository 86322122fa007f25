using Npgsql;
using ThanoSql.Catalog.Pipelines;

namespace ThanoSql.Catalog.Tables;

/// <summary>Which tables are filled now, and by which versions.</summary>
public static class ServingTables
{
    /// <param name="connection">In a transaction, if <paramref name="hold"/>.</param>
    /// <param name="workspace">The bucket of paths that name none.</param>
    /// <param name="hold">Lock the models against switches, and the pipelines against becoming active, until the transaction ends.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public static async Task<IReadOnlyList<ServingTable>> LoadAsync(
        NpgsqlConnection connection, string workspace, bool hold, CancellationToken cancellationToken)
    {
        // A pipeline that becomes active takes the images that are indexed by then: none may be written meanwhile by somebody who still sees it
        // waiting.
        if (hold)
            await connection.Command("SELECT FROM thanosql.pipeline ORDER BY pipeline_id FOR SHARE").RunAsync(cancellationToken);
        var tables = IndexedTable.Of((await PipelineCatalog.ListAsync(connection, cancellationToken)).Where(p => p.Active), workspace);
        if (tables.Count == 0)
            return [];
        var models = await ModelsAsync(connection, [.. tables.Select(t => t.Model).Distinct()], hold, cancellationToken);
        var columns = await ColumnsAsync(connection, tables, cancellationToken);
        var serving = new List<ServingTable>();
        foreach (var table in tables)
        {
            // A table that was dropped meanwhile is found by the next refresh
            if (!models.TryGetValue(table.Model, out var model) || !columns.Contains((table.Name, table.Columns.Source)))
                continue;
            serving.Add(new ServingTable(table, model.Current, model.Next, columns.Contains((table.Name, table.Columns.Next().Source))));
        }
        return serving;
    }

    /// <summary>Which of the images a table's rows name, whatever their prefix.</summary>
    public static async Task<HashSet<long>> NamedAsync(
        NpgsqlConnection connection, ServingTable table, IReadOnlyCollection<long> images, CancellationToken cancellationToken) =>
        [
            .. await connection.Command(RowStatements.Named(table.Table), images.ToArray(), table.Table.Workspace).ListAsync(
                r => r.GetInt64(0), cancellationToken)
        ];

    private static async Task<Dictionary<string, (ServedVersion Current, ServedVersion? Next)>> ModelsAsync(
        NpgsqlConnection connection, string[] names, bool hold, CancellationToken cancellationToken)
    {
        var locked = hold
            ? "SELECT * FROM thanosql.model WHERE name = ANY ($1) ORDER BY model_id FOR SHARE"
            : "SELECT * FROM thanosql.model WHERE name = ANY ($1)";
        var rows = await connection.Command(
            $"""
             SELECT m.name, v.version_id, v.trunk_id, n.version_id, n.trunk_id
             FROM ({locked}) m
             JOIN thanosql.model_version v ON v.version_id = m.current_version_id
             LEFT JOIN thanosql.model_version n ON n.version_id = m.next_version_id
             """,
            (object)names).ListAsync(
                r => (
                    r.GetString(0),
                    (new ServedVersion(r.GetInt64(1), r.GetInt32(2)), r.IsDBNull(3) ? null : new ServedVersion(r.GetInt64(3), r.GetInt32(4)))),
                cancellationToken);
        return rows.ToDictionary();
    }

    private static async Task<HashSet<(string Table, string Column)>> ColumnsAsync(
        NpgsqlConnection connection, List<IndexedTable> tables, CancellationToken cancellationToken)
    {
        var names = tables.SelectMany(t => new[] { t.Columns.Source, t.Columns.Next().Source }).Distinct().ToArray();
        return [.. await connection.Command(
            """
            SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY ($1) AND a.attname = ANY ($2) AND NOT a.attisdropped
            """,
            tables.Select(t => t.Name).Distinct().ToArray(), names).ListAsync(r => (r.GetString(0), r.GetString(1)), cancellationToken)];
    }
}
