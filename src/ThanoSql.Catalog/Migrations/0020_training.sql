-- The version that is being switched in. While it is set, whoever writes keywords or index columns under the model's row lock writes this version's too:
-- its keyword partition, and the `…_next` columns of the tables that the model's pipelines fill.
ALTER TABLE thanosql.model ADD COLUMN IF NOT EXISTS next_version_id bigint REFERENCES thanosql.model_version ON DELETE SET NULL;

-- A second build of a model that is being built is refused when it is asked for. A rollback may wait behind the run that it cancels.
CREATE UNIQUE INDEX training_run_one_at_a_time ON thanosql.training_run (model_name)
    WHERE state IN ('queued', 'running') AND trigger <> 'rollback';

-- Who watches a run waits for this instead of asking again and again.
CREATE FUNCTION thanosql.announce_training_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('thanosql_training_run', NEW.run_id::text);
    RETURN NULL;
END $$;

CREATE TRIGGER training_run_announced AFTER INSERT OR UPDATE OF state, stage, done, total, log, cancel ON thanosql.training_run
    FOR EACH ROW EXECUTE FUNCTION thanosql.announce_training_run();
