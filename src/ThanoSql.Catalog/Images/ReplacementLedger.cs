namespace ThanoSql.Catalog.Images;

/// <summary>
/// Pictures that took the place of others under the same name; a trigger of the catalog notes them in the transaction that indexes them.
/// </summary>
public sealed class ReplacementLedger(NpgsqlDataSource database)
{
    /// <summary>Links that were made before it have ended, or say when they were made.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    /// <summary>Those noted since a time of the database's clock.</summary>
    public Task<List<Replacement>> SinceAsync(DateTimeOffset since, CancellationToken cancellationToken) =>
        database.Command("SELECT bucket, key, at FROM thanosql.replacement WHERE at > $1", since).ListAsync<Replacement>(cancellationToken);

    /// <summary>Removes notes that are older than <paramref name="age"/>.</summary>
    /// <returns>How many.</returns>
    public Task<int> RemoveAsync(TimeSpan age, CancellationToken cancellationToken) =>
        database.Command("DELETE FROM thanosql.replacement WHERE at < now() - $1", age).RunAsync(cancellationToken);
}

/// <param name="At">When, UTC.</param>
public sealed record Replacement(string Bucket, string Key, DateTime At);
