namespace ThanoSql.Catalog.Similarity;

/// <summary>
/// Between contents and the paths under which tables show them. The numbers of contents are the catalog's own: users are told paths.
/// </summary>
public static class ContentImages
{
    // Of an overwritten picture the last content until the next is there, as keywords are found by
    private const string Shown = "i.state IN ('indexed', 'pending')";

    /// <summary>The ways to write the paths of contents' pictures, so that an ordinary index on a column of paths finds the rows.</summary>
    /// <returns>In no order.</returns>
    public static Task<List<ContentPath>> SpellingsAsync(
        NpgsqlDataSource database, IReadOnlyCollection<long> contents, string workspace, CancellationToken cancellationToken) => database.Command(
        $"""
        SELECT i.content_id, s.path FROM thanosql.image i CROSS JOIN LATERAL unnest(thanosql.path_spellings(i.bucket, i.key, $2)) AS s (path)
        WHERE i.content_id = ANY ($1) AND {Shown}
        """,
        contents.ToArray(), workspace).ListAsync<ContentPath>(cancellationToken);

    /// <summary>The contents of pictures by their paths as tables hold them; a path that names no known picture is left out.</summary>
    /// <returns>In no order; of several spellings of one picture each is there.</returns>
    public static Task<List<ContentPath>> ContentsAsync(
        NpgsqlDataSource database, IReadOnlyCollection<string> paths, string workspace, CancellationToken cancellationToken) => database.Command(
        $"""
        SELECT k.content_id, p.path FROM unnest($1::text[]) AS p (path) CROSS JOIN LATERAL (
            SELECT i.content_id FROM thanosql.image i
            WHERE i.bucket = thanosql.object_bucket(p.path, $2) AND i.key = thanosql.object_key(p.path) AND i.content_id IS NOT NULL AND {Shown}
            LIMIT 1) AS k
        """,
        paths.ToArray(), workspace).ListAsync<ContentPath>(cancellationToken);

    /// <summary>The pictures of one content.</summary>
    /// <param name="database">The catalog's.</param>
    /// <param name="sha256">32 bytes.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public static Task<List<ContentImage>> OfHashAsync(NpgsqlDataSource database, byte[] sha256, CancellationToken cancellationToken) =>
        database.Command(
            $"SELECT i.content_id, i.bucket, i.key FROM thanosql.content c JOIN thanosql.image i USING (content_id) WHERE c.sha256 = $1 AND {Shown}",
            sha256).ListAsync<ContentImage>(cancellationToken);
}

/// <param name="Path">One of the ways to write it.</param>
public sealed record ContentPath(long ContentId, string Path);

/// <param name="Key">In Unicode NFC.</param>
public sealed record ContentImage(long ContentId, string Bucket, string Key);
