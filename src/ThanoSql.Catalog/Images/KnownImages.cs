namespace ThanoSql.Catalog.Images;

/// <summary>What the catalog knows of an object that a statement names.</summary>
public sealed record KnownImage
{
    public required string Bucket { get; init; }

    public required string Key { get; init; }

    /// <summary>0: no row.</summary>
    public long Generation { get; init; }

    /// <summary>Null: no row.</summary>
    public ImageState? State { get; init; }

    public string? ETag { get; init; }

    public long? ContentId { get; init; }

    /// <summary>Whether its content has all the views asked for.</summary>
    public bool HasViews { get; init; }

    /// <summary>Why its bytes were refused; null when they were not.</summary>
    public string? Failure { get; init; }

    /// <summary>Whether its bytes are no picture for anybody: that one model had no answer to them says nothing of the others.</summary>
    public bool IsRefused => Failure is { } failure && !failure.StartsWith("no_answer:", StringComparison.Ordinal);
}

/// <summary>What a statement found out about an object by looking at it.</summary>
/// <param name="Known">As it was known before; the result counts only as long as its generation stays.</param>
/// <param name="State">Indexed, failed or gone.</param>
public sealed record SeenObject(KnownImage Known, ImageState State)
{
    public string? ETag { get; init; }

    public long? Size { get; init; }

    public long? ContentId { get; init; }

    /// <summary>Set when <see cref="State"/> is failed.</summary>
    public string? Failure { get; init; }
}

/// <summary>Images that statements use, whether a pipeline covers them or not.</summary>
public static class KnownImages
{
    // A pipeline's image stays due, since its worker must also write the table's index columns; its row learns the content.
    private const string Write = """
        INSERT INTO thanosql.image AS i
            (bucket, key, state, etag, size, content_id, failure_kind, failure, first_failed_at, last_failed_at, attempts, indexed_at)
        SELECT s.bucket, s.key, CASE WHEN p.covered THEN 'pending' ELSE s.state END, s.etag, s.size, s.content_id,
               CASE WHEN f.refused THEN 'poison' END, CASE WHEN f.refused THEN s.failure END,
               CASE WHEN f.refused THEN now() END, CASE WHEN f.refused THEN now() END, CASE WHEN f.refused THEN 1 ELSE 0 END,
               CASE WHEN s.state = 'indexed' AND NOT p.covered THEN now() END
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[])
             AS s (bucket, key, state, etag, size, content_id, failure)
        CROSS JOIN LATERAL (
            SELECT EXISTS (SELECT FROM thanosql.pipeline p WHERE p.bucket = s.bucket AND starts_with(s.key, p.prefix)) AS covered) AS p
        CROSS JOIN LATERAL (SELECT s.failure IS NOT NULL AND NOT p.covered AS refused) AS f
        WHERE s.state <> 'gone' OR EXISTS (SELECT FROM thanosql.image known WHERE known.bucket = s.bucket AND known.key = s.key)
        ORDER BY s.bucket COLLATE "C", s.key COLLATE "C"
        ON CONFLICT (bucket, key) DO UPDATE SET
            state = CASE WHEN excluded.state = 'pending' THEN i.state ELSE excluded.state END,
            etag = excluded.etag, size = excluded.size, content_id = excluded.content_id,
            failure_kind = excluded.failure_kind, failure = excluded.failure, last_failed_at = excluded.last_failed_at,
            first_failed_at = CASE WHEN excluded.failure IS NOT NULL THEN coalesce(i.first_failed_at, excluded.first_failed_at) END,
            attempts = CASE WHEN excluded.failure IS NOT NULL THEN i.attempts + 1 ELSE 0 END,
            indexed_at = coalesce(excluded.indexed_at, i.indexed_at)
        WHERE (excluded.state <> 'pending' OR i.state = 'pending' AND excluded.content_id IS NOT NULL)
          AND i.generation = (
              SELECT g.generation FROM unnest($1::text[], $2::text[], $8::bigint[]) AS g (bucket, key, generation)
              WHERE g.bucket = i.bucket AND g.key = i.key)
        """;

    /// <returns>One for each object, in order.</returns>
    public static Task<List<KnownImage>> FindAsync(
        NpgsqlDataSource database, string[] buckets, string[] keys, int trunkId, int views, CancellationToken cancellationToken) =>
        database.Command(
            """
            SELECT o.bucket, o.key, coalesce(i.generation, 0) AS generation, i.state, i.etag, i.content_id,
                   (SELECT count(*) = $4 FROM thanosql.embedding e
                    WHERE e.trunk_id = $3 AND e.content_id = i.content_id AND e.view < $4) AS has_views,
                   CASE WHEN i.state = 'failed' AND i.failure_kind = 'poison' THEN i.failure END AS failure
            FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS o (bucket, key, n)
            LEFT JOIN thanosql.image i ON i.bucket = o.bucket AND i.key = o.key
            ORDER BY o.n
            """,
            buckets, keys, trunkId, views).ListAsync<KnownImage>(cancellationToken);

    /// <summary>Writes what was seen, unless something newer is known by now.</summary>
    public static Task WriteAsync(NpgsqlConnection connection, IReadOnlyCollection<SeenObject> seen, CancellationToken cancellationToken)
    {
        var rows = seen.ToList();
        return connection.Command(
            Write,
            rows.Select(s => s.Known.Bucket).ToArray(), rows.Select(s => s.Known.Key).ToArray(), rows.Select(s => s.State.Word()).ToArray(),
            rows.Select(s => s.ETag).ToArray(), rows.Select(s => s.Size).ToArray(), rows.Select(s => s.ContentId).ToArray(),
            rows.Select(s => s.Failure).ToArray(), rows.Select(s => s.Known.Generation).ToArray()).RunAsync(cancellationToken);
    }
}
