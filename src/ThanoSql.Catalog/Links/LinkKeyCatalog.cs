namespace ThanoSql.Catalog.Links;

/// <summary>The keys that sign image links and page cursors, shared by the processes of an installation.</summary>
public sealed class LinkKeyCatalog(NpgsqlDataSource database)
{
    private const int FirstId = 1;

    /// <summary>The keys in force, the one that signs last; the first process to ask makes the first.</summary>
    public async Task<IReadOnlyList<LinkKey>> ListAsync(CancellationToken cancellationToken)
    {
        const string list = """
            SELECT key_id, secret FROM thanosql.link_key WHERE ends_at IS NULL OR ends_at > now() ORDER BY ends_at IS NULL, key_id
            """;
        if (await database.Command(list).ListAsync<LinkKey>(cancellationToken) is { Count: > 0 } keys)
            return keys;
        const string first = "INSERT INTO thanosql.link_key (key_id, secret) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        await database.Command(first, FirstId, NewSecret()).RunAsync(cancellationToken);
        return await database.Command(list).ListAsync<LinkKey>(cancellationToken);
    }

    /// <summary>Makes a new key, which signs from now on.</summary>
    /// <param name="keep">For how long what others signed goes on to hold.</param>
    /// <param name="cancellationToken">Stops before anything is changed.</param>
    /// <returns>The number of the new key.</returns>
    public async Task<int> RotateAsync(TimeSpan keep, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.Command("LOCK TABLE thanosql.link_key IN SHARE ROW EXCLUSIVE MODE").RunAsync(cancellationToken);
        await connection.Command("UPDATE thanosql.link_key SET ends_at = least(ends_at, now() + $1)", keep).RunAsync(cancellationToken);
        var id = await connection.Command(
            "INSERT INTO thanosql.link_key (key_id, secret) SELECT coalesce(max(key_id), 0) + 1, $1 FROM thanosql.link_key RETURNING key_id",
            NewSecret()).ScalarAsync<int>(cancellationToken);
        await connection.Command("DELETE FROM thanosql.link_key WHERE ends_at <= now()").RunAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return id;
    }

    private static string NewSecret() => RandomNumberGenerator.GetHexString(64, lowercase: true);
}

/// <param name="KeyId">From 1 on, never used again.</param>
/// <param name="Secret">64 hexadecimal digits: 256 random bits.</param>
public sealed record LinkKey(int KeyId, string Secret);
