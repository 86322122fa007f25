namespace ThanoSql.Catalog.Images;

/// <summary>Removes what is known of contents that no image holds any more: embeddings, keywords, labels.</summary>
public sealed class OrphanContents(NpgsqlDataSource database)
{
    private const int BatchSize = 1000;

    private const string Mark = """
        UPDATE thanosql.content c SET unused_since = now()
        WHERE unused_since IS NULL AND NOT EXISTS (SELECT FROM thanosql.image i WHERE i.content_id = c.content_id)
        """;

    private const string Unmark = """
        UPDATE thanosql.content c SET unused_since = NULL
        WHERE unused_since IS NOT NULL AND EXISTS (SELECT FROM thanosql.image i WHERE i.content_id = c.content_id)
        """;

    // Whoever is about to use a content again holds its row: it is passed over
    private const string Unused = """
        SELECT content_id FROM thanosql.content c
        WHERE unused_since <= now() - $1 AND NOT EXISTS (SELECT FROM thanosql.image i WHERE i.content_id = c.content_id)
        ORDER BY content_id LIMIT $2 FOR UPDATE SKIP LOCKED
        """;

    /// <summary>One pass over all contents.</summary>
    /// <param name="keep">How long a content outlives its last image.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>How many contents were removed.</returns>
    public async Task<int> RemoveAsync(TimeSpan keep, CancellationToken cancellationToken)
    {
        await database.Command(Unmark).RunAsync(cancellationToken);
        await database.Command(Mark).RunAsync(cancellationToken);
        var removed = 0;
        for (var batch = BatchSize; batch == BatchSize; removed += batch)
            batch = await RemoveBatchAsync(keep, cancellationToken);
        return removed;
    }

    /// <summary>
    /// Forgets an object at once: its row and label, and its content with embedding and keywords unless another image holds the same.
    /// An object that still exists comes back with the next sweep: delete it first.
    /// </summary>
    /// <returns>False when it is not known.</returns>
    public async Task<bool> ForgetAsync(string bucket, string key, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var contents = await connection.Command("DELETE FROM thanosql.label WHERE bucket = $1 AND key = $2 RETURNING content_id", bucket, key)
            .ListAsync<long?>(cancellationToken);
        var images = await connection.Command("DELETE FROM thanosql.image WHERE bucket = $1 AND key = $2 RETURNING content_id", bucket, key)
            .ListAsync<long?>(cancellationToken);
        var unused = await connection.Command(
            """
            SELECT content_id FROM thanosql.content c
            WHERE content_id = ANY ($1) AND NOT EXISTS (SELECT FROM thanosql.image i WHERE i.content_id = c.content_id) FOR UPDATE
            """,
            (object)contents.Concat(images).OfType<long>().Distinct().ToArray()).ListAsync<long>(cancellationToken);
        await DeleteAsync(connection, unused, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return images.Count > 0;
    }

    private async Task<int> RemoveBatchAsync(TimeSpan keep, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var unused = await connection.Command(Unused, keep, BatchSize).ListAsync<long>(cancellationToken);
        await DeleteAsync(connection, unused, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return unused.Count;
    }

    private static async Task DeleteAsync(NpgsqlConnection connection, List<long> contents, CancellationToken cancellationToken)
    {
        if (contents.Count == 0)
            return;
        object ids = contents.ToArray();
        await connection.Command("DELETE FROM thanosql.label WHERE content_id = ANY ($1)", ids).RunAsync(cancellationToken);
        await connection.Command("DELETE FROM thanosql.keyword WHERE content_id = ANY ($1)", ids).RunAsync(cancellationToken);
        await connection.Command("DELETE FROM thanosql.content WHERE content_id = ANY ($1)", ids).RunAsync(cancellationToken);
    }
}
