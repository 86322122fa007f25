namespace ThanoSql.Catalog.Images;

/// <summary>Which failures are meant; null means any.</summary>
/// <param name="Bucket">With <paramref name="Key"/>: one image.</param>
/// <param name="Key">In Unicode NFC.</param>
public sealed record FailureSelection(string? Bucket = null, string? Key = null, FailureKind? Kind = null);

/// <summary>A row of the view <c>thanosql.failures</c>.</summary>
/// <param name="NextAttempt">Null when it is not tried again by itself.</param>
public sealed record Failure(
    string? Bucket, string? Path, FailureKind Kind, string? Reason, int Attempts, DateTime? FirstTime, DateTime? LastTime, DateTime? NextAttempt);

/// <summary>What an operator can do about failures.</summary>
public sealed class FailureLedger(NpgsqlDataSource database)
{
    private const string Selected = """
        failure_kind IS NOT NULL AND state <> 'gone'
        AND ($1::text IS NULL OR bucket = $1) AND ($2::text IS NULL OR key = $2) AND ($3::text IS NULL OR failure_kind = $3)
        """;

    /// <summary>The newest failures, up to <paramref name="limit"/>.</summary>
    /// <param name="kind">Null for all.</param>
    public Task<List<Failure>> ListAsync(FailureKind? kind, int limit, CancellationToken cancellationToken) => database.Command(
        """
        SELECT bucket, path, kind, reason, attempts, first_time, last_time, next_attempt FROM thanosql.failures
        WHERE $1::text IS NULL OR kind = $1 ORDER BY last_time DESC NULLS LAST LIMIT $2
        """,
        kind?.Word(), limit).ListAsync<Failure>(cancellationToken);

    /// <summary>Tries the images again at once.</summary>
    /// <returns>How many.</returns>
    public async Task<int> RetryAsync(FailureSelection which, CancellationToken cancellationToken) => (int)await database.Command(
        DueImages.Anew($"SELECT bucket, key FROM thanosql.image WHERE {Selected}", "retry"),
        which.Bucket, which.Key, which.Kind?.Word()).ScalarAsync<long>(cancellationToken);

    /// <summary>Takes failures off the list without trying again; events that could not be read are forgotten.</summary>
    /// <returns>How many.</returns>
    public async Task<int> DismissAsync(FailureSelection which, CancellationToken cancellationToken)
    {
        var images = await database.Command(
            $"UPDATE thanosql.image SET state = 'failed', generation = generation + 1, failure_kind = NULL, failure = NULL WHERE {Selected}",
            which.Bucket, which.Key, which.Kind?.Word()).RunAsync(cancellationToken);
        if (which.Bucket is not null || which.Key is not null || which.Kind is not (null or FailureKind.Event))
            return images;
        return images + await database.Command("DELETE FROM thanosql.unreadable_event").RunAsync(cancellationToken);
    }

    /// <summary>Keeps a message that could not be read, for the list of failures.</summary>
    /// <param name="source">Where it came from, for example a queue's name.</param>
    /// <param name="body">The message; its beginning is kept.</param>
    /// <param name="reason">Why it could not be read.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public Task<int> RecordUnreadableAsync(string source, string body, string reason, CancellationToken cancellationToken)
    {
        const int most = 16_384;
        var kept = StorableText.Of(body.Length > most ? body[..most] : body);
        return database.Command("INSERT INTO thanosql.unreadable_event (source, body, reason) VALUES ($1, $2, $3)", source, kept, StorableText.Of(
            reason))
            .RunAsync(cancellationToken);
    }
}
