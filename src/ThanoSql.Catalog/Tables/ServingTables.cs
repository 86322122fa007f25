using ThanoSql.Catalog.Images;

namespace ThanoSql.Catalog.Tables;

/// <summary>Which tables are filled now, and by which versions.</summary>
public static class ServingTables
{
    /// <param name="connection">In a transaction, if <paramref name="hold"/>.</param>
    /// <param name="workspace">The bucket of paths that name none.</param>
    /// <param name="hold">Lock the models against switches, and the pipelines against becoming active, until the transaction ends.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public static async Task<IReadOnlyList<PipelineTable>> LoadAsync(
        NpgsqlConnection connection, string workspace, bool hold, CancellationToken cancellationToken)
    {
        // A pipeline that becomes active takes the images that are indexed by then: none may be written meanwhile by somebody who still sees it
        // waiting.
        if (hold)
            await connection.Command("SELECT FROM thanosql.pipeline ORDER BY pipeline_id FOR SHARE").RunAsync(cancellationToken);
        var tables = PipelineTable.Of((await PipelineCatalog.ListAsync(connection, cancellationToken)).Where(p => p.Active), workspace);
        if (tables.Count == 0)
            return [];
        var models = await ModelsAsync(connection, [.. tables.Select(t => t.Model).Distinct()], hold, cancellationToken);
        var columns = await ColumnsAsync(connection, tables, cancellationToken);
        var serving = new List<PipelineTable>();
        foreach (var table in tables)
        {
            // A table that was dropped meanwhile is found by the next refresh
            if (!models.TryGetValue(table.Model, out var model) || !columns.Contains((table.Name, table.Columns.Source)))
                continue;
            serving.Add(table with { Versions = model, HasNextColumns = columns.Contains((table.Name, table.Columns.Next().Source)) });
        }
        return serving;
    }

    /// <summary>
    /// Which of the images a table's rows name, whatever their prefix. None when the table was dropped or changed so that it cannot be asked: its
    /// pipeline waits from its next look on, and takes all rows when it is active again.
    /// </summary>
    public static async Task<HashSet<long>> NamedAsync(
        TableSession session, PipelineTable table, IReadOnlyCollection<ClaimedImage> images, CancellationToken cancellationToken)
    {
        try
        {
            return [.. await session.Command(
                RowStatements.Named(table), images.Select(i => i.ImageId).ToArray(), images.Select(i => i.Bucket).ToArray(),
                images.Select(i => i.Key).ToArray(), table.Workspace).ListAsync<long>(cancellationToken)];
        }
        catch (PostgresException changed) when (changed.SqlState.StartsWith("42", StringComparison.Ordinal)) // no such table or column, no right
        {
            return [];
        }
    }

    /// <summary>
    /// Locks the models against switches and the pipelines against becoming active, until the transaction ends. Two transactions that get the same
    /// fill the same tables with the same versions.
    /// </summary>
    /// <param name="connection">In a transaction; a table session's before it touches a table.</param>
    /// <param name="pass">Of the process's sessions.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    /// <returns>The active pipelines with the version in service and the one that is being prepared.</returns>
    public static async Task<HashSet<(int Pipeline, long Current, long? Next)>> HoldAsync(
        NpgsqlConnection connection, Guid pass, CancellationToken cancellationToken) =>
        [.. await connection.Command("SELECT pipeline_id, current_version, next_version FROM thanosql.hold_serving($1)", pass)
            .ListAsync<(int, long, long?)>(cancellationToken)];

    /// <summary>The tables that active pipelines fill with the keywords of a model, each once however many pipelines feed it.</summary>
    /// <param name="database">The owner's.</param>
    /// <param name="model">Its name.</param>
    /// <param name="workspace">The bucket of paths that name none.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public static async Task<IReadOnlyList<PipelineTable>> OfModelAsync(
        NpgsqlDataSource database, string model, string workspace, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await OfModelAsync(connection, model, workspace, cancellationToken);
    }

    /// <summary>Whether these are still the tables of a model: pipelines may have become active or tables gone meanwhile.</summary>
    internal static async Task<bool> AreAllAsync(
        NpgsqlDataSource database, string model, IReadOnlyList<PipelineTable> tables, CancellationToken cancellationToken) =>
        (await OfModelAsync(database, model, workspace: "", cancellationToken)).Select(t => (t.Name, t.Columns.Keyword)).ToHashSet()
            .SetEquals(tables.Select(t => (t.Name, t.Columns.Keyword)));

    private static async Task<List<PipelineTable>> OfModelAsync(
        NpgsqlConnection connection, string model, string workspace, CancellationToken cancellationToken)
    {
        var rows = await PipelineCatalog.ListAsync(connection, cancellationToken);
        var tables = PipelineTable.Of(rows.Where(r => r.Active && r.Definition.Model.Name == model), workspace);
        var there = await connection.Command(
            "SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass('public.' || quote_ident(name)) IS NOT NULL",
            (object)tables.Select(t => t.Name).Distinct().ToArray()).ListAsync<string>(cancellationToken);
        return [.. tables.Where(t => there.Contains(t.Name))];
    }

    private static async Task<Dictionary<string, ServedVersion[]>> ModelsAsync(
        NpgsqlConnection connection, string[] names, bool hold, CancellationToken cancellationToken)
    {
        var locked = hold
            ? "SELECT * FROM thanosql.model WHERE name = ANY ($1) ORDER BY model_id FOR SHARE"
            : "SELECT * FROM thanosql.model WHERE name = ANY ($1)";
        var rows = await connection.Command(
            $"""
             SELECT m.name, v.version_id, v.trunk_id
             FROM ({locked}) m
             JOIN thanosql.model_version v ON v.version_id IN (m.current_version_id, m.next_version_id)
             WHERE m.current_version_id IS NOT NULL
             ORDER BY v.version_id <> m.current_version_id
             """,
            (object)names).ListAsync<(string Model, long VersionId, int TrunkId)>(cancellationToken);
        return rows.GroupBy(r => r.Model).ToDictionary(g => g.Key, g => g.Select(r => new ServedVersion(r.VersionId, r.TrunkId)).ToArray());
    }

    private static async Task<HashSet<(string Table, string Column)>> ColumnsAsync(
        NpgsqlConnection connection, List<PipelineTable> tables, CancellationToken cancellationToken)
    {
        var names = tables.SelectMany(t => new[] { t.Columns.Source, t.Columns.Next().Source }).Distinct().ToArray();
        return [.. await connection.Command(
            """
            SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY ($1) AND a.attname = ANY ($2) AND NOT a.attisdropped
            """,
            tables.Select(t => t.Name).Distinct().ToArray(), names).ListAsync<(string, string)>(cancellationToken)];
    }
}
