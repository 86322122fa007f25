namespace ThanoSql.Catalog.Similarity;

/// <summary>
/// The plain embeddings of trunks once more, in tables that pgvector searches: one a trunk, made and filled when it is searched first. An index on
/// one is the administrator's to make; without one a search is exact.
/// </summary>
public sealed class VectorTables(NpgsqlDataSource database)
{
    private const int LockClass = 0x53696D69; // "Simi"; of advisory locks
    private const int Together = 2000;

    private readonly EmbeddingChanges _changes = new(database);

    /// <exception cref="CatalogException">The database has no pgvector.</exception>
    public async Task<string> SchemaAsync(CancellationToken cancellationToken) => await database.Command(
        """
        SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_type t ON t.typname = 'halfvec' AND t.typnamespace = e.extnamespace
        JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'vector'
        """).ScalarAsync<string>(cancellationToken) ?? throw new CatalogException(
            "Search:Similarity is 'pgvector', but this database has no extension vector of release 0.7 or later. As a superuser of this database run "
            + "CREATE EXTENSION vector, or set Search:Similarity to 'builtin'.");

    /// <summary>Brings the table of a trunk to how the catalog stands now. Of many processes one at a time does it.</summary>
    /// <param name="trunkId">The trunk.</param>
    /// <param name="text">An embedding as pgvector writes it; null for one that it cannot hold.</param>
    /// <param name="cancellationToken">Leaves the table as it was.</param>
    /// <returns>What its dimensions are; null when there is no such trunk.</returns>
    public async Task<int?> FollowAsync(int trunkId, Func<byte[], string?> text, CancellationToken cancellationToken)
    {
        var schema = await SchemaAsync(cancellationToken);
        var trunks = await database.Command("SELECT dimensions FROM thanosql.trunk WHERE trunk_id = $1", trunkId).ListAsync<int>(cancellationToken);
        if (trunks is not [var dimensions])
            return null;
        var sql = new VectorTableSql(trunkId, dimensions, schema);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.Command("SELECT pg_advisory_xact_lock($1, $2)", LockClass, trunkId).RunAsync(cancellationToken);
        var seen = await connection.Command("SELECT seen::text FROM thanosql.vector_table WHERE trunk_id = $1", trunkId)
            .ScalarAsync<string>(cancellationToken);
        var change = seen is null ? null : (await _changes.SinceAsync([(trunkId, seen)], cancellationToken)).Single();
        var now = change?.Seen;
        if (change is null or { IsLost: true })
        {
            now = await connection.Command("SELECT pg_current_snapshot()::text").ScalarAsync<string>(cancellationToken);
            await connection.Command(sql.Create).RunAsync(cancellationToken);
            await connection.Command(sql.RemoveGone, trunkId).RunAsync(cancellationToken);
            var after = long.MinValue;
            while (await PlainEmbeddings.PageAsync(database, trunkId, after, Together, cancellationToken) is { Count: > 0 } page)
            {
                await SetAsync(connection, sql, page, text, cancellationToken);
                after = page[^1].ContentId;
            }
        }
        foreach (var contents in change is { IsLost: false } ? change.Contents.Chunk(Together) : [])
        {
            await connection.Command(sql.Remove, (object)contents).RunAsync(cancellationToken);
            await SetAsync(connection, sql, await PlainEmbeddings.OfAsync(database, trunkId, contents, cancellationToken), text, cancellationToken);
        }
        await connection.Command(
            """
            INSERT INTO thanosql.vector_table (trunk_id, seen) VALUES ($1, $2::text::pg_snapshot)
            ON CONFLICT (trunk_id) DO UPDATE SET seen = excluded.seen
            """,
            trunkId, now).RunAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return dimensions;
    }

    /// <summary>The nearest contents, in pgvector's order.</summary>
    /// <param name="trunkId">That has a table.</param>
    /// <param name="vector">As pgvector writes it.</param>
    /// <param name="top">Answers at most.</param>
    /// <param name="among">Only these contents; null for all.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public async Task<List<long>> NearestAsync(
        int trunkId, string vector, int top, IReadOnlyCollection<long>? among, CancellationToken cancellationToken)
    {
        var sql = new VectorTableSql(trunkId, Dimensions: 0, await SchemaAsync(cancellationToken));
        var command = among is null ? database.Command(sql.Nearest, vector, top) : database.Command(sql.NearestAmong, vector, top, among.ToArray());
        return await command.ListAsync<long>(cancellationToken);
    }

    private static Task<int> SetAsync(
        NpgsqlConnection connection, VectorTableSql sql, IEnumerable<PlainEmbedding> embeddings, Func<byte[], string?> text,
        CancellationToken cancellationToken)
    {
        var rows = embeddings.Select(e => (e.ContentId, Text: text(e.Vector))).Where(e => e.Text is not null).ToList();
        return connection.Command(sql.Set, rows.Select(r => r.ContentId).ToArray(), rows.Select(r => r.Text!).ToArray()).RunAsync(cancellationToken);
    }
}
