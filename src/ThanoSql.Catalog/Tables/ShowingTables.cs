namespace ThanoSql.Catalog.Tables;

/// <summary>The tables that a picture belongs to, by prefix or because a row names it.</summary>
internal static class ShowingTables
{
    /// <summary>Those of a picture, each with the pipeline that feeds it there; pipelines and models are held until the transaction ends.</summary>
    /// <param name="session">In a transaction that has touched no table yet.</param>
    /// <param name="catalog">The owner's.</param>
    /// <param name="workspace">The bucket of paths that name none.</param>
    /// <param name="picture">Where it is.</param>
    /// <param name="cancellationToken">Stops the queries.</param>
    /// <returns>Also the pipelines that others hold: whether their tables show the picture is not known.</returns>
    public static async Task<(IReadOnlyList<(PipelineTable Table, PipelineRow Pipeline)> Showing, IReadOnlyList<int> Busy)> HoldAsync(
        TableSession session, NpgsqlConnection catalog, string workspace, (string Bucket, string Key) picture, CancellationToken cancellationToken)
    {
        var pipelines = new HashSet<int>();
        while (true)
        {
            // Held first: what is loaded then stays so
            var held = await ServingTables.HoldAsync(session.Connection, session.Pass, pipelines, cancellationToken);
            var tables = await ServingTables.LoadAsync(catalog, workspace, hold: false, cancellationToken);
            var showing = await FindAsync(session, catalog, tables, picture, cancellationToken);
            var known = pipelines.Count;
            pipelines.UnionWith(showing.SelectMany(s => s.Table.PipelineIds));
            if (pipelines.Count == known)
                return (showing, [.. held.Where(p => p.Busy).Select(p => p.PipelineId)]);
        }
    }

    private static async Task<List<(PipelineTable Table, PipelineRow Pipeline)>> FindAsync(
        TableSession session, NpgsqlConnection catalog, IReadOnlyList<PipelineTable> tables, (string Bucket, string Key) picture,
        CancellationToken cancellationToken)
    {
        var showing = new List<(PipelineTable, PipelineRow)>();
        foreach (var table in tables)
        {
            var shows = table.Covers(picture.Bucket, picture.Key)
                || await session.Command(RowStatements.Names(table), picture.Bucket, picture.Key, table.Workspace)
                    .ScalarAsync<bool>(cancellationToken);
            if (!shows)
                continue;
            var feeding = await catalog.Command("SELECT thanosql.pipeline_of($1, $2, $3)", table.PipelineIds, picture.Bucket, picture.Key)
                .ScalarAsync<int>(cancellationToken);
            showing.Add((table, table.Pipelines.Single(p => p.PipelineId == feeding)));
        }
        return showing;
    }
}
