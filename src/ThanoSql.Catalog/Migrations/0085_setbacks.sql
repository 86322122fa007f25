-- How often a run was put off because the database did not answer: the waits in between grow with it, and it has an end.
ALTER TABLE thanosql.training_run ADD COLUMN setbacks integer NOT NULL DEFAULT 0;
