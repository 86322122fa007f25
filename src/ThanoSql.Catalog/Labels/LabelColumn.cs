using NpgsqlTypes;

namespace ThanoSql.Catalog.Labels;

/// <summary>The shop's own label column, which must not contradict the label that is kept.</summary>
internal static class LabelColumn
{
    /// <summary>Writes a picture's label into the rows that show it.</summary>
    /// <param name="session">In a transaction that holds the picture.</param>
    /// <param name="pipeline">With a label column.</param>
    /// <param name="workspace">The bucket of paths that name none.</param>
    /// <param name="picture">Where it is.</param>
    /// <param name="label">In force; null when none is.</param>
    /// <param name="cancellationToken">Stops the statement.</param>
    public static async Task WriteAsync(
        TableSession session, PipelineDefinition pipeline, string workspace, (string Bucket, string Key) picture, string? label,
        CancellationToken cancellationToken)
    {
        var (column, path) = (Identifier.Quote(pipeline.LabelCol!), Identifier.Quote(pipeline.ImageCol));
        await using var update = session.Command(
            $"""
             UPDATE public.{Identifier.Quote(pipeline.Table)} t SET {column} = $4
             WHERE t.{path} = ANY (thanosql.path_spellings($1, $2, $3) COLLATE "default") AND t.{column}::text IS DISTINCT FROM $5
             """,
            picture.Bucket, picture.Key, workspace);
        // Of the type that the column has
        update.Parameters.Add(new NpgsqlParameter { Value = (object?)label ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Unknown });
        update.Parameters.Add(new NpgsqlParameter { Value = (object?)label ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        await update.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Writes the labels that pictures brought along from the paths where they lay before.</summary>
    public static async Task WriteInheritedAsync(
        TableSession session, PipelineTable table, long[] images, CancellationToken cancellationToken)
    {
        var inherited = await session.Call("SELECT * FROM thanosql.inherited_labels($1, $2, $3)", table.PipelineIds, images)
            .ListAsync<(string Bucket, string Key, string Label)>(cancellationToken);
        foreach (var (bucket, key, label) in inherited)
            await WriteAsync(session, table.Pipelines[0].Definition, table.Workspace, (bucket, key), label, cancellationToken);
    }
}
