namespace ThanoSql.Catalog.Tables;

/// <summary>
/// Fills a whole table's index columns from what the catalog knows: when a pipeline becomes active or its table was replaced. In the caller's
/// transaction, which holds the table.
/// </summary>
internal static class TableFill
{
    /// <summary>A table's own code may take for ever, and other tables wait meanwhile.</summary>
    public const int StatementSeconds = 300;

    private const int BatchPaths = 10_000;

    /// <summary>The rows without an answer get the one that is known; pictures that nobody looked at become due.</summary>
    public static async Task RunAsync(TableSession session, PipelineTable table, long versionId, CancellationToken cancellationToken)
    {
        if (table.LabelCol is not null)
            await TakeLabelsAsync(session, table, cancellationToken);
        foreach (var paths in (await UnansweredAsync(session, table, cancellationToken)).Chunk(BatchPaths))
            await FillAsync(session, table, versionId, paths, cancellationToken);
        foreach (var paths in (await UnansweredAsync(session, table, cancellationToken)).Chunk(BatchPaths))
            await Long(session.Call("SELECT thanosql.make_paths_due($1, $2, $3)", table.Workspace, paths)).RunAsync(cancellationToken);
        await Long(session.Call("SELECT thanosql.make_prefixes_due($1, $2, $3)", table.PipelineIds, versionId)).RunAsync(cancellationToken);
        foreach (var pipeline in table.Pipelines.Where(p => p.Definition.Rows == RowOrigin.Create))
            await RowWriter.CreateAsync(session, table, pipeline, versionId, null, cancellationToken);
    }

    private static Task<List<string>> UnansweredAsync(
        TableSession session, PipelineTable table, CancellationToken cancellationToken) => Long(session.Command(
        $"""
         SELECT DISTINCT {table.Image}::text FROM {table.Sql}
         WHERE {Identifier.Quote(table.Columns.Source)} IS NULL AND {table.Image} IS NOT NULL
         """)).ListAsync<string>(cancellationToken);

    private static Task<int> FillAsync(
        TableSession session, PipelineTable table, long versionId, string[] paths, CancellationToken cancellationToken) => Long(session.Call(
        $"""
         WITH picked AS MATERIALIZED ({RowStatements.Picked(table)} WHERE {table.Image} = ANY ($5)),
         {RowStatements.AnswerPicked}
         {RowStatements.UpdatePicked(table, table.Columns)}
         """,
        table.PipelineIds, versionId, table.Workspace, paths)).RunAsync(cancellationToken);

    private static async Task TakeLabelsAsync(TableSession session, PipelineTable table, CancellationToken cancellationToken)
    {
        var label = Identifier.Quote(table.LabelCol!);
        var labels = await Long(session.Command(
            $"SELECT {table.Image}::text, {label}::text FROM {table.Sql} WHERE {label} IS NOT NULL AND {table.Image} IS NOT NULL"))
            .ListAsync<(string Path, string Label)>(cancellationToken);
        foreach (var batch in labels.Chunk(BatchPaths))
        {
            await Long(session.Call(
                "SELECT thanosql.take_labels($1, $2, $3, $4, $5)", table.PipelineIds, table.Workspace,
                batch.Select(l => l.Path).ToArray(), batch.Select(l => l.Label).ToArray())).RunAsync(cancellationToken);
        }
    }

    private static NpgsqlCommand Long(NpgsqlCommand command)
    {
        command.CommandTimeout = StatementSeconds;
        return command;
    }
}
