namespace ThanoSql.Catalog.Similarity;

/// <summary>Whose plain embedding came or went, as triggers of the catalog note it in the transaction that did it.</summary>
public sealed class EmbeddingChanges(NpgsqlDataSource database)
{
    /// <summary>A reader that looks at least this often misses none.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(6);

    // What a reader has seen is a snapshot, not a number: a transaction may begin early and end late. Snapshots from before a restored backup, and
    // entries that came with one, name transactions of another server.
    private const string Since = """
        SELECT a.trunk_id, pg_current_snapshot()::text AS seen,
               coalesce(c.has_unnamed, false)
               OR (pg_snapshot_xmin(a.seen) < r.removed_below AND r.removed_below <= pg_snapshot_xmax(pg_current_snapshot()))
               OR pg_snapshot_xmax(a.seen) > pg_snapshot_xmax(pg_current_snapshot()) AS is_lost,
               coalesce(c.contents, '{}') AS contents
        FROM (SELECT trunk_id, seen::pg_snapshot FROM unnest($1::integer[], $2::text[]) AS t (trunk_id, seen)) AS a
        CROSS JOIN thanosql.embedding_change_removal r
        CROSS JOIN LATERAL (
            SELECT bool_or(c.contents IS NULL) AS has_unnamed, array_agg(DISTINCT n.content_id) FILTER (WHERE n.content_id IS NOT NULL) AS contents
            FROM thanosql.embedding_change c LEFT JOIN LATERAL unnest(c.contents) AS n (content_id) ON true
            WHERE c.trunk_id = a.trunk_id AND c.xid >= pg_snapshot_xmin(a.seen) AND NOT pg_visible_in_snapshot(c.xid, a.seen)) AS c
        """;

    private const string Remove = """
        WITH due AS (
            UPDATE thanosql.embedding_change_removal
            SET removed_below = CASE WHEN next_below <= pg_snapshot_xmax(pg_current_snapshot()) THEN next_below
                                     ELSE pg_snapshot_xmin(pg_current_snapshot()) END,
                next_below = pg_snapshot_xmin(pg_current_snapshot()), removed_at = now()
            WHERE removed_at NOT BETWEEN now() - $1 AND now() RETURNING removed_below)
        DELETE FROM thanosql.embedding_change c USING due
        WHERE c.xid < due.removed_below OR c.xid >= pg_snapshot_xmax(pg_current_snapshot())
        """;

    /// <summary>What changed since a reader looked last; one round trip.</summary>
    /// <param name="seen">Each trunk, and what was seen of it: of <see cref="EmbeddingLoad"/>, then of the last call.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    /// <returns>One for each trunk.</returns>
    public Task<List<EmbeddingChange>> SinceAsync(IReadOnlyCollection<(int TrunkId, string Seen)> seen, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(seen);
        return database.Command(Since, seen.Select(s => s.TrunkId).ToArray(), seen.Select(s => s.Seen).ToArray()).ListAsync(
            row => new EmbeddingChange(row.GetInt32(0), row.GetString(1), row.GetBoolean(2), row.GetFieldValue<long[]>(3)), cancellationToken);
    }

    /// <summary>Removes entries that were there at the last removal, if that is <see cref="Kept"/> ago: whoever looked since has read them.</summary>
    /// <returns>How many.</returns>
    public Task<int> RemoveAsync(CancellationToken cancellationToken) => RemoveAsync(Kept, cancellationToken);

    internal Task<int> RemoveAsync(TimeSpan kept, CancellationToken cancellationToken) =>
        database.Command(Remove, kept).RunAsync(cancellationToken);
}

/// <param name="TrunkId">The trunk.</param>
/// <param name="Seen">To go on from.</param>
/// <param name="IsLost">What changed cannot be told: everything is to be read anew.</param>
/// <param name="Contents">Whose embedding came or went, or did both, since.</param>
public sealed record EmbeddingChange(int TrunkId, string Seen, bool IsLost, IReadOnlyCollection<long> Contents);
