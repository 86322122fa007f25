namespace ThanoSql.Catalog.Tables;

/// <summary>The tables that pictures belong to, by prefix or because a row names them.</summary>
internal static class ShowingTables
{
    /// <summary>Those that show any of the pictures, with their pipelines and models held until the transaction ends.</summary>
    /// <param name="session">In a transaction that has touched no table yet.</param>
    /// <param name="catalog">The owner's.</param>
    /// <param name="workspace">The bucket of paths that name none.</param>
    /// <param name="pictures">Where they are.</param>
    /// <param name="cancellationToken">Stops the queries.</param>
    /// <returns>Also the pipelines that others hold: whether their tables show the pictures is not known.</returns>
    public static async Task<(IReadOnlyList<ShowingTable> Showing, IReadOnlyList<int> Busy)> HoldAsync(
        TableSession session, NpgsqlConnection catalog, string workspace, Pictures pictures, CancellationToken cancellationToken)
    {
        var pipelines = new HashSet<int>();
        while (true)
        {
            // Held first: what is loaded then stays so
            var held = await ServingTables.HoldAsync(session.Connection, session.Pass, pipelines, cancellationToken);
            var tables = await ServingTables.LoadAsync(catalog, workspace, hold: false, cancellationToken);
            var showing = await FindAsync(session, catalog, tables, pictures, cancellationToken);
            var known = pipelines.Count;
            pipelines.UnionWith(showing.SelectMany(s => s.Table.PipelineIds));
            if (pipelines.Count == known)
                return (showing, [.. held.Where(p => p.Busy).Select(p => p.PipelineId)]);
        }
    }

    private static async Task<List<ShowingTable>> FindAsync(
        TableSession session, NpgsqlConnection catalog, IReadOnlyList<PipelineTable> tables, Pictures pictures, CancellationToken cancellationToken)
    {
        var showing = new List<ShowingTable>();
        foreach (var table in tables)
        {
            var places = Enumerable.Range(0, pictures.Count).ToLookup(p => table.Covers(pictures.Buckets[p], pictures.Keys[p]));
            var shown = places[true].ToHashSet();
            var others = places[false].ToList();
            if (others.Count > 0)
            {
                shown.UnionWith((await session.Command(
                    RowStatements.Named(table), others.Select(p => (long)p).ToArray(), others.Select(p => pictures.Buckets[p]).ToArray(),
                    others.Select(p => pictures.Keys[p]).ToArray(), table.Workspace).ListAsync<long>(cancellationToken)).Select(p => (int)p));
            }
            if (shown.Count == 0)
                continue;
            var feeding = await catalog.Command(
                "SELECT thanosql.pipeline_of($1, p.bucket, p.key) FROM unnest($2, $3) WITH ORDINALITY AS p (bucket, key, place) ORDER BY place",
                table.PipelineIds, pictures.Buckets, pictures.Keys).ListAsync<int>(cancellationToken);
            showing.Add(new ShowingTable(
                table, [.. feeding.Select((id, place) => shown.Contains(place) ? table.Pipelines.Single(p => p.PipelineId == id) : null)]));
        }
        return showing;
    }
}

/// <summary>Pictures, one in each place of the arrays.</summary>
internal sealed record Pictures(string[] Buckets, string[] Keys)
{
    public int Count => Buckets.Length;
}

/// <summary>A table that shows some of them.</summary>
/// <param name="Feeding">In each picture's place the pipeline that feeds it; null where the table does not show it.</param>
internal sealed record ShowingTable(PipelineTable Table, IReadOnlyList<PipelineRow?> Feeding);
