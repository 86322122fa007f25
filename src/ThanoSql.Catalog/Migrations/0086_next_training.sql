-- When a pipeline's schedule asks for training next; no row where it has none, or no trainer runs yet. Beside the pipelines, whose rows are not
-- touched each night: plans rest on them.
CREATE TABLE thanosql.pipeline_schedule (
    pipeline_id integer PRIMARY KEY REFERENCES thanosql.pipeline ON DELETE CASCADE,
    next_at     timestamptz NOT NULL
);
