using ThanoSql.Catalog.Runs;

namespace ThanoSql.Catalog.Keywords;

/// <summary>
/// Compares the keywords of a version that is to come into service with those of the one that is: one query over both partitions, which waits for
/// nobody and holds nobody up.
/// </summary>
public sealed class KeywordComparison(NpgsqlDataSource database)
{
    /// <param name="version">Its keywords are loaded.</param>
    /// <param name="workspace">The bucket of paths that name none.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    /// <returns>Null when no version is in service, or one that gives no labels.</returns>
    public async Task<KeywordChanges?> OfAsync(ModelVersion version, string workspace, CancellationToken cancellationToken)
    {
        if (!version.HasLabels)
            return null;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var thresholds = await connection.Command(
            "SELECT thresholds FROM thanosql.model_version WHERE version_id = $1", version.VersionId).ScalarAsync<float[]>(cancellationToken);
        return await OfAsync(
            connection, version.ModelId, KeywordPartition.Table(version.VersionId), version.Labels, thresholds ?? [], workspace, cancellationToken);
    }

    /// <param name="next">The table of the other's keywords.</param>
    internal static async Task<KeywordChanges?> OfAsync(
        NpgsqlConnection connection, int modelId, string next, IReadOnlyList<string> labels, float[] thresholds, string workspace,
        CancellationToken cancellationToken)
    {
        var current = await connection.Command(
            """
            SELECT current_version_id FROM thanosql.model
            WHERE model_id = $1 AND to_regclass('thanosql.keyword_' || current_version_id) IS NOT NULL
            """,
            modelId).ScalarAsync<long?>(cancellationToken);
        if (current is not { } inService || next == KeywordPartition.Table(inService))
            return null;
        // Rows that were written just now are not known to the planner
        await connection.Command($"ANALYZE {next}").RunAsync(cancellationToken);
        await using var command = connection.Command(
            Sql(KeywordPartition.Table(inService), next), modelId, workspace, KeywordChanges.Most, inService, labels.ToArray(), thresholds);
        command.CommandTimeout = 0;
        return await ReadAsync(command, cancellationToken);
    }

    private static async Task<KeywordChanges> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var (pictures, changed, samples) = (0L, 0L, new List<KeywordChange>());
        while (await reader.ReadAsync(cancellationToken))
        {
            (pictures, changed) = (reader.GetInt64(0), reader.GetInt64(1));
            if (!reader.IsDBNull(2))
                samples.Add(new KeywordChange(reader.GetString(2), Text(3), Text(4)));
        }
        return new KeywordChanges(pictures, changed, samples);

        string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
    }

    /// <summary>
    /// (pictures, changed, path, from, to): a row for each sample, and one without any. What the index shows is compared: no keyword under a label's
    /// threshold, and a person's label whatever a version says. $1 model, $2 workspace, $3 samples, $4 version in service, $5 and $6 labels and
    /// thresholds of the other.
    /// </summary>
    private static string Sql(string current, string next) =>
        $"""
         WITH old_label AS MATERIALIZED (
             SELECT l.* FROM thanosql.model_version v, unnest(v.labels, v.thresholds) AS l (label, threshold) WHERE v.version_id = $4),
         new_label AS MATERIALIZED (SELECT * FROM unnest($5, $6) AS l (label, threshold)),
         said AS (
             SELECT o.content_id, CASE WHEN o.score >= coalesce(ol.threshold, 0) THEN o.keyword END AS before,
                    CASE WHEN n.score >= coalesce(nl.threshold, 0) THEN n.keyword END AS after
             FROM {current} o
             JOIN {next} n USING (content_id)
             LEFT JOIN old_label ol ON ol.label = o.keyword
             LEFT JOIN new_label nl ON nl.label = n.keyword
             WHERE o.rank = 1 AND n.rank = 1),
         changed AS MATERIALIZED (
             SELECT * FROM said s WHERE s.before IS DISTINCT FROM s.after AND NOT EXISTS (
                 SELECT FROM thanosql.label l JOIN thanosql.pipeline p USING (pipeline_id) JOIN thanosql.model m ON m.name = p.model_name
                 WHERE m.model_id = $1 AND l.state = 'confirmed' AND l.content_id = s.content_id)),
         sample AS (
             SELECT CASE WHEN i.bucket = $2 THEN i.key ELSE 's3://' || i.bucket || '/' || i.key END AS path, c.before, c.after
             FROM (SELECT * FROM changed ORDER BY md5(content_id::text) LIMIT 50 * $3) c
             CROSS JOIN LATERAL (
                 SELECT bucket, key FROM thanosql.image WHERE content_id = c.content_id AND state <> 'gone' ORDER BY image_id LIMIT 1) i
             LIMIT $3)
         SELECT (SELECT count(*) FROM {next} WHERE rank = 1), (SELECT count(*) FROM changed), s.path, s.before, s.after
         FROM (VALUES (1)) AS one (row) LEFT JOIN sample s ON true
         """;
}
