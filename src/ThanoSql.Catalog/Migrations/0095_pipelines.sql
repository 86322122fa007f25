-- What a pipeline waits for, be it its own table or model, its store, whoever holds its table, or somebody's word after a sweep.
CREATE OR REPLACE VIEW thanosql.pipelines AS
    SELECT p.name, p.bucket, p.prefix, p.table_name, p.model_name AS model, CASE WHEN b.there IS FALSE THEN 'waiting' ELSE p.state END AS state,
           coalesce(CASE WHEN b.there IS FALSE THEN b.reason END, p.reason, w.reason, CASE WHEN s.held_back IS NOT NULL THEN format(
               'The last sweep misses %s images. If they were deleted on purpose: thanosql sweep --accept-loss', s.held_back) END) AS reason,
           p.updated_at, q.next_at AS next_training
    FROM thanosql.pipeline p
    LEFT JOIN thanosql.pipeline_schedule q USING (pipeline_id)
    LEFT JOIN thanosql.bucket b ON b.bucket = p.bucket
    LEFT JOIN thanosql.table_wait w ON w.table_name = p.table_name AND w.valid_until > now()
    LEFT JOIN thanosql.sweep s ON s.bucket = p.bucket;
