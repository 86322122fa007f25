using ThanoSql.Storage;

namespace ThanoSql.Catalog.Images;

/// <summary>How images stand, for whoever asks about one or pages through many.</summary>
public sealed class ImageStates(NpgsqlDataSource database)
{
    // Behind every key that begins with what stands before it: the last character there is
    private const string Last = "\U0010FFFF";

    private const string Columns = """
        i.key, i.state, i.etag, i.size, encode(c.sha256, 'hex') AS content_hash, i.event_at AS changed_at, i.indexed_at,
        i.failure_kind AS kind, i.failure AS reason, i.attempts, i.first_failed_at AS first_time, i.last_failed_at AS last_time,
        CASE WHEN i.state = 'pending' AND i.failure_kind IS NOT NULL THEN i.next_attempt_at END AS next_attempt
        FROM thanosql.image i LEFT JOIN thanosql.content c USING (content_id)
        """;

    /// <summary>One image; null when it is not known.</summary>
    public async Task<KnownState?> FindAsync(string bucket, string key, CancellationToken cancellationToken) =>
        (await database.Command($"SELECT {Columns} WHERE i.bucket = $1 AND i.key = $2", bucket, key).ListAsync<KnownState>(cancellationToken))
            .SingleOrDefault();

    /// <summary>Images in the byte order of their keys. A page costs the same however far in it lies.</summary>
    /// <param name="of">Which.</param>
    /// <param name="after">The key of the page before that came last; null for the first page.</param>
    /// <param name="most">At most so many.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public Task<List<KnownState>> ListAsync(ImageSelection of, string? after, int most, CancellationToken cancellationToken)
    {
        var state = of.State is null ? "" : "AND i.state = $6";
        var command = database.Command(
            $"SELECT {Columns} WHERE i.bucket = $1 AND i.key > $2 AND i.key >= $3 AND i.key < $4 {state} ORDER BY i.key LIMIT $5",
            of.Bucket, after ?? "", of.Prefix, of.Prefix + Last, most);
        if (of.State is { } only)
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = only.Word() });
        return command.ListAsync<KnownState>(cancellationToken);
    }

    /// <summary>What the versions in service say of an image's content, the best first.</summary>
    public Task<List<KnownKeyword>> KeywordsAsync(string bucket, string key, CancellationToken cancellationToken) => database.Command(
        """
        SELECT m.name AS model, v.number AS version, k.keyword, k.score
        FROM thanosql.image i
        JOIN thanosql.keyword k USING (content_id)
        JOIN thanosql.model m ON m.current_version_id = k.version_id
        JOIN thanosql.model_version v ON v.version_id = k.version_id
        WHERE i.bucket = $1 AND i.key = $2 ORDER BY m.name, k.rank
        """,
        bucket, key).ListAsync<KnownKeyword>(cancellationToken);

    /// <summary>What people said of an image, by the names of the pipelines.</summary>
    public async Task<IReadOnlyDictionary<string, KnownLabel>> LabelsAsync(string bucket, string key, CancellationToken cancellationToken) =>
        (await database.Command(
            """
            SELECT p.name AS pipeline, l.label, l.state, l.labelled_by, l.labelled_at
            FROM thanosql.label l JOIN thanosql.pipeline p USING (pipeline_id) WHERE l.bucket = $1 AND l.key = $2
            """,
            bucket, key).ListAsync<KnownLabel>(cancellationToken)).ToDictionary(l => l.Pipeline);

    /// <summary>Which of these objects are settled as they were stored: indexed, or refused.</summary>
    /// <returns>Their places.</returns>
    public async Task<IReadOnlyList<int>> SettledAsync(IReadOnlyList<ObjectInfo> stored, CancellationToken cancellationToken) =>
        await database.Command(
            """
            SELECT o.place::integer - 1
            FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS o (bucket, key, etag, place)
            JOIN thanosql.image i ON i.bucket = o.bucket AND i.key = o.key
            WHERE i.state = 'indexed' AND i.etag = o.etag OR i.state = 'failed' AND coalesce(i.etag, o.etag) = o.etag
            """,
            stored.Select(s => s.Path.Bucket).ToArray(), stored.Select(s => s.Key).ToArray(), stored.Select(s => s.ETag).ToArray())
            .ListAsync<int>(cancellationToken);

    /// <summary>The ways to write an image's path in a column, so that an ordinary index on it finds the rows.</summary>
    public async Task<string[]> SpellingsAsync(string bucket, string key, string workspace, CancellationToken cancellationToken) =>
        (await database.Command("SELECT thanosql.path_spellings($1, $2, $3)", bucket, key, workspace).ScalarAsync<string[]>(cancellationToken))!;
}

/// <summary>Which images a page shows.</summary>
/// <param name="Prefix">In Unicode NFC; empty for all of the bucket.</param>
/// <param name="State">Null for any.</param>
public sealed record ImageSelection(string Bucket, string Prefix, ImageState? State);

/// <summary>How an image stands.</summary>
public sealed record KnownState
{
    /// <summary>In Unicode NFC.</summary>
    public required string Key { get; init; }

    public required ImageState State { get; init; }

    /// <summary>Of the object as it was read last; null before the first read.</summary>
    public string? ETag { get; init; }

    /// <summary>In bytes, of that read.</summary>
    public long? Size { get; init; }

    /// <summary>SHA-256 of that read, in lower-case hexadecimal; null when there was no picture in it, or nothing wanted its content.</summary>
    public string? ContentHash { get; init; }

    /// <summary>When the object changed, as far as anybody said so (UTC).</summary>
    public DateTime ChangedAt { get; init; }

    /// <summary>When it was last committed as indexed (UTC).</summary>
    public DateTime? IndexedAt { get; init; }

    /// <summary>What went wrong; null when nothing did.</summary>
    public FailureKind? Kind { get; init; }

    /// <summary>For people.</summary>
    public string? Reason { get; init; }

    public int Attempts { get; init; }

    public DateTime? FirstTime { get; init; }

    public DateTime? LastTime { get; init; }

    /// <summary>Null when it is not tried again by itself.</summary>
    public DateTime? NextAttempt { get; init; }
}

/// <summary>One of the best labels of a model's version in service.</summary>
/// <param name="Score">0 to 1.</param>
public sealed record KnownKeyword(string Model, int Version, string Keyword, float Score);

/// <summary>What a person said of an image, for one pipeline.</summary>
/// <param name="State"><c>confirmed</c>, or <c>to confirm</c> when the picture was overwritten since.</param>
public sealed record KnownLabel(string Pipeline, string Label, string State, string LabelledBy, DateTime LabelledAt);
