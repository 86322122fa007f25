namespace ThanoSql.Catalog.Images;

/// <summary>Writes results into the rows of images, in the caller's transaction.</summary>
public static class ImageLedger
{
    // Rows that somebody else has locked are dropped like those with a newer generation: they stay pending and come again.
    private const string Hold = """
        SELECT i.image_id, i.generation FROM thanosql.image i
        JOIN unnest($1::bigint[], $2::bigint[]) AS r (image_id, generation) USING (image_id, generation)
        WHERE i.state = 'pending' AND i.lease_owner = $3
        ORDER BY i.image_id FOR UPDATE OF i SKIP LOCKED
        """;

    private const string Write = """
        UPDATE thanosql.image i
        SET state = r.state,
            etag = coalesce(r.etag, CASE WHEN r.state <> 'gone' THEN i.etag END),
            size = coalesce(r.size, CASE WHEN r.state <> 'gone' THEN i.size END),
            content_id = CASE WHEN r.kind = 'transient' THEN i.content_id ELSE r.content_id END,
            lease_owner = NULL, lease_until = NULL, failure_kind = r.kind, failure = r.reason,
            crashes = CASE WHEN r.kind = 'transient' THEN i.crashes ELSE 0 END,
            attempts = CASE WHEN r.kind IS NULL THEN 0 ELSE i.attempts END,
            first_failed_at = CASE WHEN r.kind IS NOT NULL THEN coalesce(i.first_failed_at, now()) END,
            last_failed_at = CASE WHEN r.kind IS NOT NULL THEN now() END,
            next_attempt_at = CASE WHEN r.kind = 'transient'
                THEN now() + least($7 * power(2, least(i.attempts, 30) - 1), $8) * (0.5 + random() / 2) ELSE i.next_attempt_at END,
            indexed_at = CASE WHEN r.state = 'indexed' THEN now() ELSE i.indexed_at END
        FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $9::text[])
             AS r (image_id, state, etag, size, content_id, kind, reason)
        WHERE i.image_id = r.image_id
        """;

    /// <summary>Locks the images of which the results still count: held by this owner, unchanged since they were taken.</summary>
    /// <returns>Their ids and generations; the transaction holds their rows until it ends.</returns>
    public static async Task<HashSet<(long ImageId, long Generation)>> HoldAsync(
        NpgsqlConnection connection, Guid owner, IReadOnlyCollection<ImageResult> results, CancellationToken cancellationToken) =>
        [.. await connection.Command(Hold, results.Select(r => r.Image.ImageId).ToArray(), results.Select(r => r.Image.Generation).ToArray(), owner)
            .ListAsync<(long, long)>(cancellationToken)];

    /// <summary>Writes the results of images that <see cref="HoldAsync"/> locked, and ends their leases.</summary>
    public static Task WriteAsync(
        NpgsqlConnection connection, IReadOnlyList<ImageResult> results, Backoff backoff, CancellationToken cancellationToken)
    {
        var rows = results.Select(Row.Of).OrderBy(r => r.ImageId).ToList();
        return connection.Command(
            Write,
            rows.Select(r => r.ImageId).ToArray(), rows.Select(r => r.State.Word()).ToArray(), rows.Select(r => r.ETag).ToArray(),
            rows.Select(r => r.Size).ToArray(), rows.Select(r => r.ContentId).ToArray(), rows.Select(r => r.Kind?.Word()).ToArray(),
            backoff.First, backoff.Longest, rows.Select(r => r.Reason).ToArray()).RunAsync(cancellationToken);
    }

    private sealed record Row(long ImageId, ImageState State)
    {
        public string? ETag { get; private init; }

        public long? Size { get; private init; }

        public long? ContentId { get; private init; }

        public FailureKind? Kind { get; private init; }

        public string? Reason { get; private init; }

        public static Row Of(ImageResult result) => result switch
        {
            ImageResult.Indexed i => new(i.Image.ImageId, ImageState.Indexed) { ETag = i.ETag, Size = i.Size, ContentId = i.ContentId },
            ImageResult.Gone g => new(g.Image.ImageId, ImageState.Gone),
            ImageResult.Failed { Kind: FailureKind.Transient } f => new(f.Image.ImageId, ImageState.Pending) { Kind = f.Kind, Reason = f.Reason },
            ImageResult.Failed f => new(f.Image.ImageId, ImageState.Failed)
            {
                ETag = f.ETag,
                Size = f.Size,
                ContentId = f.Kind == FailureKind.Table ? f.ContentId : null,
                Kind = f.Kind,
                Reason = f.Reason,
            },
            _ => throw new ArgumentOutOfRangeException(nameof(result), result, "Not a result of an image."),
        };
    }
}

/// <summary>
/// How long a transient failure waits: <paramref name="First"/>, doubled with each attempt up to <paramref name="Longest"/>, shortened at random by
/// up to half.
/// </summary>
public sealed record Backoff(TimeSpan First, TimeSpan Longest);
