using Npgsql;

namespace ThanoSql.Catalog.Images;

/// <summary>Which failures are meant; null means any.</summary>
/// <param name="Bucket">With <paramref name="Key"/>: one image.</param>
/// <param name="Key">In Unicode NFC.</param>
/// <param name="Kind"><c>transient</c>, <c>poison</c>, <c>table</c> or <c>event</c>, as the view <c>thanosql.failures</c> shows it.</param>
public sealed record FailureSelection(string? Bucket = null, string? Key = null, string? Kind = null);

/// <summary>What an operator can do about failures.</summary>
public sealed class FailureLedger(NpgsqlDataSource database)
{
    private const string Selected = """
        failure_kind IS NOT NULL AND state <> 'gone'
        AND ($1::text IS NULL OR bucket = $1) AND ($2::text IS NULL OR key = $2) AND ($3::text IS NULL OR failure_kind = $3)
        """;

    /// <summary>Tries the images again at once.</summary>
    /// <returns>How many.</returns>
    public async Task<int> RetryAsync(FailureSelection which, CancellationToken cancellationToken) => (int)await database.Command(
        DueImages.Anew($"SELECT bucket, key FROM thanosql.image WHERE {Selected}", "retry"),
        which.Bucket, which.Key, which.Kind).ScalarAsync<long>(cancellationToken);

    /// <summary>Takes failures off the list without trying again; events that could not be read are forgotten.</summary>
    /// <returns>How many.</returns>
    public async Task<int> DismissAsync(FailureSelection which, CancellationToken cancellationToken)
    {
        var images = await database.Command(
            $"UPDATE thanosql.image SET state = 'failed', generation = generation + 1, failure_kind = NULL, failure = NULL WHERE {Selected}",
            which.Bucket, which.Key, which.Kind).RunAsync(cancellationToken);
        if (which.Bucket is not null || which.Key is not null || which.Kind is not (null or "event"))
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
        var kept = (body.Length > most ? body[..most] : body).Replace('\0', '\uFFFD');
        return database.Command("INSERT INTO thanosql.unreadable_event (source, body, reason) VALUES ($1, $2, $3)", source, kept, reason)
            .RunAsync(cancellationToken);
    }
}
