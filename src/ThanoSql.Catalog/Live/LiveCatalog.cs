using System.Text;

namespace ThanoSql.Catalog.Live;

/// <summary>Looks at how things stand, cheaply enough to do so each second.</summary>
public sealed class LiveCatalog(NpgsqlDataSource database)
{
    /// <summary>How far back a look shows what workers did.</summary>
    public static readonly TimeSpan Past = TimeSpan.FromMinutes(10);

    private static readonly string Figures = $"""
        SELECT now() AS at,
               (SELECT count(*) FROM (SELECT FROM thanosql.image WHERE state = 'pending' LIMIT {LiveLook.Most}) p) AS pending,
               (SELECT min(next_attempt_at) FROM thanosql.image WHERE state = 'pending') AS due_since,
               (SELECT max(last_failed_at) FROM thanosql.image WHERE failure_kind IS NOT NULL) AS failed_at,
               (SELECT count(*) FROM thanosql.label l
                WHERE l.state = 'to confirm' AND NOT EXISTS (
                    SELECT FROM thanosql.image i WHERE i.bucket = l.bucket AND i.key = l.key AND i.state = 'gone')) AS to_confirm,
               EXISTS (SELECT FROM thanosql.sweep_request) AS is_sweep_asked
        """;

    private static readonly string Failures = $"""
        SELECT count(*) FILTER (WHERE failure_kind = 'transient'), count(*) FILTER (WHERE failure_kind = 'poison'),
               count(*) FILTER (WHERE failure_kind = 'table'),
               (SELECT count(*) FROM (SELECT FROM thanosql.unreadable_event LIMIT {LiveLook.Most}) e)
        FROM (SELECT failure_kind FROM thanosql.image WHERE failure_kind IS NOT NULL AND state <> 'gone' LIMIT {LiveLook.Most}) f
        """;

    private const string Workers = """
        SELECT worker_id, host, version, provider, started_at, seen_at FROM thanosql.worker WHERE seen_at > now() - $1 ORDER BY started_at, worker_id
        """;

    private const string Activity = """
        SELECT at, sum(indexed)::integer, sum(failed)::integer, sum(lag_ms)::bigint
        FROM thanosql.worker_activity WHERE at > now() - $1 GROUP BY at ORDER BY at
        """;

    private const string Runs = """
        SELECT run_id, model_name AS model, trigger, state, stage, done, total, queued_at, started_at
        FROM thanosql.training_run WHERE state IN ('queued', 'running') ORDER BY queued_at, run_id
        """;

    private const string Pipelines = """
        SELECT p.pipeline_id, p.name, p.bucket, p.prefix, v.state = 'active' AS is_active, v.reason, p.table_name AS "table",
               coalesce(p.definition -> 'columns' ->> 'keyword', 'keyword') AS "column", p.model_name AS model, n.number AS version,
               s.started_at AS sweep_started_at, s.finished_at AS swept_at
        FROM thanosql.pipeline p
        JOIN thanosql.pipelines v USING (name)
        LEFT JOIN thanosql.model m ON m.name = p.model_name
        LEFT JOIN thanosql.model_version n ON n.version_id = m.current_version_id
        LEFT JOIN thanosql.sweep s ON s.bucket = p.bucket
        ORDER BY p.name
        """;

    /// <summary>How things stand, in one round trip. At a million images it takes a few milliseconds.</summary>
    public async Task<LiveLook> LookAsync(CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch();
        foreach (var sql in new[] { Figures, Failures, Workers, Activity, Runs, Pipelines })
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql));
        batch.BatchCommands[2].Parameters.Add(new NpgsqlParameter { Value = WorkerLedger.Patience });
        batch.BatchCommands[3].Parameters.Add(new NpgsqlParameter { Value = Past });
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var look = (await reader.RowsAsync<LiveLook>(cancellationToken)).Single();
        await reader.NextResultAsync(cancellationToken);
        var failures = await reader.RowsAsync(FailuresOf, cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var workers = await reader.RowsAsync<SeenWorker>(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var activity = await reader.RowsAsync(SpanOf, cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var runs = await reader.RowsAsync<OpenRun>(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var pipelines = await reader.RowsAsync<LivePipeline>(cancellationToken);
        return look with { Failures = failures.Single(), Workers = workers, Activity = activity, Runs = runs, Pipelines = pipelines };
    }

    /// <summary>Reads through all images: a third of a second for a million.</summary>
    public async Task<LiveCounts> CountAsync(IReadOnlyList<LivePipeline> pipelines, CancellationToken cancellationToken)
    {
        // One pass over the table, which a join with the pipelines would sort
        var sql = new StringBuilder("SELECT count(*) FILTER (WHERE state = 'indexed'), count(*) FILTER (WHERE state = 'pending')");
        var values = new List<object?>();
        foreach (var pipeline in pipelines)
        {
            values.AddRange([pipeline.Bucket, pipeline.Prefix]);
            sql.Append(
                CultureInfo.InvariantCulture,
                $", count(*) FILTER (WHERE state = 'indexed' AND bucket = ${values.Count - 1} AND starts_with(key, ${values.Count}))");
        }
        sql.Append(" FROM thanosql.image WHERE state IN ('indexed', 'pending')");
        return (await database.Command(sql.ToString(), [.. values]).ListAsync(
            r => new LiveCounts(r.GetInt64(0), r.GetInt64(1), pipelines.Index().ToDictionary(p => p.Item.PipelineId, p => r.GetInt64(p.Index + 2))),
            cancellationToken)).Single();
    }

    private static FailureCounts FailuresOf(NpgsqlDataReader row) => new(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3));

    private static ActivitySpan SpanOf(NpgsqlDataReader row) =>
        new(row.GetFieldValue<DateTimeOffset>(0), row.GetInt32(1), row.GetInt32(2), row.GetInt64(3));
}
