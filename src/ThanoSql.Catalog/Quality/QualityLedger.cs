namespace ThanoSql.Catalog.Quality;

/// <summary>Measures versions in service, and keeps the figures.</summary>
public sealed class QualityLedger(NpgsqlDataSource database)
{
    /// <summary>What counts as new pictures.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromDays(7);

    // $1 the version's id, $2 since when pictures are new. Contents once, however many objects hold them
    private const string Sets = """
        WITH version AS (
            SELECT v.version_id, v.model_id, m.name, v.labels, v.thresholds, coalesce(v.promoted_at, v.created_at) AS since
            FROM thanosql.model_version v JOIN thanosql.model m USING (model_id) WHERE v.version_id = $1),
        fresh AS (
            SELECT k.keyword, k.score, k.score < coalesce(v.thresholds[array_position(v.labels, k.keyword)], 0) AS unsure
            FROM (SELECT DISTINCT i.content_id
                  FROM version v
                  JOIN thanosql.pipeline p ON p.model_name = v.name
                  JOIN thanosql.image i ON i.bucket = p.bucket AND starts_with(i.key, p.prefix) AND i.state = 'indexed'
                  JOIN thanosql.content c USING (content_id)
                  WHERE c.created_at >= $2) n
            CROSS JOIN version v
            JOIN thanosql.keyword k ON k.version_id = $1 AND k.content_id = n.content_id AND k.rank = 1),
        judged AS (
            SELECT k.keyword, k.score FROM version v
            JOIN thanosql.held_out h ON h.model_id = v.model_id AND h.held_out
            JOIN thanosql.keyword k ON k.version_id = $1 AND k.content_id = h.content_id AND k.rank = 1)
        """;

    private const string ByLabel = $"""
        {Sets},
        said AS (
            SELECT k.keyword, l.label <> k.keyword AS corrected FROM version v
            JOIN thanosql.pipeline p ON p.model_name = v.name
            JOIN thanosql.label l ON l.pipeline_id = p.pipeline_id AND l.state = 'confirmed' AND l.labelled_at >= v.since
            JOIN thanosql.keyword k ON k.version_id = $1 AND k.content_id = l.content_id AND k.rank = 1)
        SELECT keyword AS label, sum(pictures)::bigint AS pictures, sum(unsure)::bigint AS unsure, sum(said)::bigint AS said,
               sum(corrected)::bigint AS corrected, sum(held_out)::bigint AS held_out
        FROM (SELECT keyword, count(*) AS pictures, count(*) FILTER (WHERE unsure) AS unsure, 0 AS said, 0 AS corrected, 0 AS held_out
              FROM fresh GROUP BY keyword
              UNION ALL SELECT keyword, 0, 0, count(*), count(*) FILTER (WHERE corrected), 0 FROM said GROUP BY keyword
              UNION ALL SELECT keyword, 0, 0, 0, 0, count(*) FROM judged GROUP BY keyword) counts
        GROUP BY keyword ORDER BY keyword
        """;

    private const string ByTenth = $"""
        {Sets},
        bounds AS (SELECT percentile_disc(ARRAY[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]) WITHIN GROUP (ORDER BY score) AS of_scores FROM judged)
        SELECT coalesce(sum(n) FILTER (WHERE is_judged), 0)::bigint, coalesce(sum(n) FILTER (WHERE NOT is_judged), 0)::bigint
        FROM (SELECT width_bucket(score, of_scores) AS tenth, true AS is_judged, count(*) AS n FROM judged, bounds GROUP BY 1
              UNION ALL SELECT width_bucket(score, of_scores), false, count(*) FROM fresh, bounds WHERE of_scores IS NOT NULL GROUP BY 1) counts
        GROUP BY tenth ORDER BY tenth
        """;

    /// <summary>Measures the version that a model answers with, and keeps what it found. It reads a week's pictures.</summary>
    /// <param name="model">Its name.</param>
    /// <param name="now">The end of the week.</param>
    /// <param name="cancellationToken">Keeps nothing.</param>
    /// <returns>Null where no version is in service, or one without labels.</returns>
    public async Task<VersionQuality?> MeasureAsync(string model, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var serving = await database.Command(
            """
            SELECT v.version_id, v.number FROM thanosql.model m JOIN thanosql.model_version v ON v.version_id = m.current_version_id
            WHERE m.name = $1 AND cardinality(v.labels) > 0
            """,
            model).ListAsync<(long Id, int Number)>(cancellationToken);
        if (serving is not [var (id, number)])
            return null;
        var labels = await ListAsync<LabelQuality>(ByLabel, id, now, cancellationToken);
        var tenths = await ListAsync<(long Judged, long Fresh)>(ByTenth, id, now, cancellationToken);
        var quality = new VersionQuality(
            model, number,
            new LabelQuality(
                "", labels.Sum(l => l.Pictures), labels.Sum(l => l.Unsure), labels.Sum(l => l.Said), labels.Sum(l => l.Corrected),
                labels.Sum(l => l.HeldOut)),
            labels, Drift.Of([.. tenths.Select(t => t.Judged)], [.. tenths.Select(t => t.Fresh)]),
            Drift.Of([.. labels.Select(l => l.HeldOut)], [.. labels.Select(l => l.Pictures)]));
        await WriteAsync(id, quality, now, cancellationToken);
        return quality;
    }

    /// <summary>Models with a pipeline and a version in service that were not measured since.</summary>
    public Task<List<string>> DueAsync(DateTimeOffset since, CancellationToken cancellationToken) => database.Command(
        """
        SELECT m.name FROM thanosql.model m
        LEFT JOIN thanosql.version_quality q ON q.version_id = m.current_version_id AND q.label = ''
        WHERE m.current_version_id IS NOT NULL AND (q.measured_at IS NULL OR q.measured_at < $1)
          AND EXISTS (SELECT FROM thanosql.pipeline p WHERE p.model_name = m.name)
        ORDER BY m.name
        """,
        since.UtcDateTime).ListAsync<string>(cancellationToken);

    /// <summary>What was measured last of each model's version in service, over all labels.</summary>
    public Task<List<MeasuredModel>> ServingAsync(CancellationToken cancellationToken) => database.Command(
        """
        SELECT m.name AS model, q.pictures, q.unsure, q.said, q.corrected, q.score_drift, q.keyword_drift
        FROM thanosql.model m JOIN thanosql.version_quality q ON q.version_id = m.current_version_id AND q.label = '' ORDER BY m.name
        """).ListAsync<MeasuredModel>(cancellationToken);

    private async Task<List<T>> ListAsync<T>(string sql, long version, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = database.Command(sql, version, (now - Window).UtcDateTime);
        command.CommandTimeout = 0; // reads, beside everybody
        return await command.ListAsync<T>(cancellationToken);
    }

    private async Task WriteAsync(long version, VersionQuality quality, DateTimeOffset now, CancellationToken cancellationToken)
    {
        List<LabelQuality> rows = [quality.All, .. quality.Labels];
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.Command("DELETE FROM thanosql.version_quality WHERE version_id = $1", version).RunAsync(cancellationToken);
        await connection.Command(
            """
            INSERT INTO thanosql.version_quality (version_id, label, pictures, unsure, said, corrected, held_out, measured_at)
            SELECT $1, l.*, $8 FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[]) AS l
            WHERE EXISTS (SELECT FROM thanosql.model_version WHERE version_id = $1 FOR KEY SHARE) ON CONFLICT DO NOTHING
            """,
            version, rows.Select(r => r.Label).ToArray(), rows.Select(r => r.Pictures).ToArray(), rows.Select(r => r.Unsure).ToArray(),
            rows.Select(r => r.Said).ToArray(), rows.Select(r => r.Corrected).ToArray(), rows.Select(r => r.HeldOut).ToArray(), now.UtcDateTime)
            .RunAsync(cancellationToken);
        await connection.Command(
            """
            UPDATE thanosql.version_quality
            SET score_drift = $2, score_drift_chance = $3, keyword_drift = $4, keyword_drift_chance = $5 WHERE version_id = $1 AND label = ''
            """,
            version, quality.Scores?.Distance, quality.Scores?.ByChance, quality.Keywords?.Distance, quality.Keywords?.ByChance)
            .RunAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}

/// <summary>Figures of <see cref="VersionQuality"/> for gauges.</summary>
public sealed record MeasuredModel(
    string Model, long Pictures, long Unsure, long Said, long Corrected, double? ScoreDrift, double? KeywordDrift);
