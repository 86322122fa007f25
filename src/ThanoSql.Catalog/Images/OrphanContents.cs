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

    /// <summary>Removes at once what was found out about images that were forgotten meanwhile.</summary>
    /// <param name="found">Images and the contents that were read of them.</param>
    /// <param name="cancellationToken">Nothing is removed.</param>
    public Task RemoveForgottenAsync(IReadOnlyCollection<(long Image, long Content)> found, CancellationToken cancellationToken) => database.Command(
        """
        SELECT thanosql.remove_contents(ARRAY(
            SELECT c.content_id FROM thanosql.content c JOIN unnest($1, $2) AS f (image_id, content_id) USING (content_id)
            WHERE NOT EXISTS (SELECT FROM thanosql.image i WHERE i.image_id = f.image_id)
              AND NOT EXISTS (SELECT FROM thanosql.image i WHERE i.content_id = c.content_id)
            ORDER BY c.content_id FOR UPDATE OF c SKIP LOCKED))
        """,
        found.Select(f => f.Image).ToArray(), found.Select(f => f.Content).ToArray()).RunAsync(cancellationToken);

    private async Task<int> RemoveBatchAsync(TimeSpan keep, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var unused = await connection.Command(Unused, keep, BatchSize).ListAsync<long>(cancellationToken);
        await connection.Command("SELECT thanosql.remove_contents($1)", (object)unused.ToArray()).RunAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return unused.Count;
    }
}
