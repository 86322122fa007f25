-- What a promotion changes, known before it happens: how many pictures get another keyword, and some of them (KeywordChanges). Null where no version
-- was in service before. A dry run ends as 'tried': nothing came into service.
ALTER TABLE thanosql.training_run
    ADD COLUMN changes jsonb,
    DROP CONSTRAINT training_run_state_check,
    ADD CONSTRAINT training_run_state_check
        CHECK (state IN ('queued', 'running', 'promoted', 'refused', 'skipped', 'tried', 'failed', 'cancelled'));

CREATE OR REPLACE VIEW thanosql.training_runs AS
    SELECT r.run_id, r.model_name AS model, v.number AS version, r.trigger, r.state, r.stage, r.done, r.total, r.outcome, r.log,
           r.queued_at, r.started_at, r.finished_at, r.changes
    FROM thanosql.training_run r
    LEFT JOIN thanosql.model_version v USING (version_id);
