-- When a pipeline's schedule asks for training next; no row where it has none, or no trainer runs yet. Beside the pipelines, whose rows are not
-- touched each night: plans rest on them.
CREATE TABLE thanosql.pipeline_schedule (
    pipeline_id integer PRIMARY KEY REFERENCES thanosql.pipeline ON DELETE CASCADE,
    next_at     timestamptz NOT NULL
);

CREATE OR REPLACE VIEW thanosql.pipelines AS
    SELECT p.name, p.bucket, p.prefix, p.table_name, p.model_name AS model, p.state, p.reason, p.updated_at, s.next_at AS next_training
    FROM thanosql.pipeline p
    LEFT JOIN thanosql.pipeline_schedule s USING (pipeline_id);
